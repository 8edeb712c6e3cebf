using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Progress;

/// <summary>How far a job is, in the same form for every job.</summary>
public sealed record JobProgress
{
    /// <summary>Name of the job, such as <c>populate</c>.</summary>
    public required string Job { get; init; }

    /// <summary>The running phase.</summary>
    public required string Phase { get; init; }

    /// <summary>Time since the job began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time since the phase began.</summary>
    public TimeSpan PhaseElapsed { get; init; }

    /// <summary>How much of the phase is done, in <see cref="Unit"/>.</summary>
    public long Done { get; init; }

    /// <summary>How much the phase has to do, in <see cref="Unit"/>; 0 if not known.</summary>
    public long Total { get; init; }

    /// <summary>Unit of <see cref="Done"/> and <see cref="Total"/>.</summary>
    /// <value><c>bytes</c> or <c>ledgers</c>. Default bytes.</value>
    public string Unit { get; init; } = "bytes";

    /// <summary>Decoded ledger entries or ledgers.</summary>
    public long Entries { get; init; }

    /// <summary>Rows that the server has confirmed; not visible to others before COMMIT.</summary>
    public long Rows { get; init; }

    /// <summary>How the stages spend their time; empty if no graph is running.</summary>
    public IReadOnlyList<StageProgress> Stages { get; init; } = [];

    /// <summary>Rows by table.</summary>
    public IReadOnlyList<TableProgress> Tables { get; init; } = [];

    /// <summary>Downloads; null if there are none.</summary>
    public DownloadProgress? Download { get; init; }

    /// <summary>Bytes of encoded rows in memory.</summary>
    public long RowBytesInFlight { get; init; }

    /// <summary>Limit of <see cref="RowBytesInFlight"/>; 0 if there is none.</summary>
    public long RowBytesLimit { get; init; }
}
