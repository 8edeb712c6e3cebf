using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Where a load is, told about once a second.</summary>
/// <param name="Phase">Phase that runs.</param>
/// <param name="Entries">Entries decoded so far.</param>
/// <param name="RowsCopied">Rows that the server has confirmed so far; not visible to others before COMMIT.</param>
/// <param name="RawBytes">Archive bytes read so far, decompressed.</param>
/// <param name="Elapsed">Time since the start.</param>
public readonly record struct PopulateProgress(string Phase, long Entries, long RowsCopied, long RawBytes, TimeSpan Elapsed)
{
    /// <summary>The same and more, as every job tells it: stages, tables, downloads, how much of the phase is done.</summary>
    public JobProgress? Job { get; init; }
}
