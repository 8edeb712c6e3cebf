using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>How far a load is; reported about once a second.</summary>
/// <param name="Phase">The running phase.</param>
/// <param name="Entries">Entries decoded so far.</param>
/// <param name="RowsCopied">Rows that the server has confirmed so far; not visible to others before COMMIT.</param>
/// <param name="RawBytes">Decompressed archive bytes read so far.</param>
/// <param name="Elapsed">Time since the start.</param>
public readonly record struct PopulateProgress(string Phase, long Entries, long RowsCopied, long RawBytes, TimeSpan Elapsed)
{
    /// <summary>The same and more, in the form that all jobs share: stages, tables, downloads, and how much of the phase is done.</summary>
    public JobProgress? Job { get; init; }
}
