using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Progress;

/// <summary>Where a job is, for whoever shows it: the same for every job.</summary>
public sealed record JobProgress
{
    /// <summary>Name of the job, such as <c>populate</c>.</summary>
    public required string Job { get; init; }

    /// <summary>The phase that runs.</summary>
    public required string Phase { get; init; }

    /// <summary>Time since the job began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time since the phase began.</summary>
    public TimeSpan PhaseElapsed { get; init; }

    /// <summary>How much of the phase is done, in <see cref="Unit"/>.</summary>
    public long Done { get; init; }

    /// <summary>How much the phase has to do; 0 where that is not known.</summary>
    public long Total { get; init; }

    /// <summary>What <see cref="Done"/> and <see cref="Total"/> count.</summary>
    /// <value><c>bytes</c> or <c>ledgers</c>. Default bytes.</value>
    public string Unit { get; init; } = "bytes";

    /// <summary>Ledger entries or ledgers that were decoded.</summary>
    public long Entries { get; init; }

    /// <summary>Rows that the server has confirmed; not visible to others before COMMIT.</summary>
    public long Rows { get; init; }

    /// <summary>How the stages spend their time; empty where no graph runs.</summary>
    public IReadOnlyList<StageProgress> Stages { get; init; } = [];

    /// <summary>Rows by table.</summary>
    public IReadOnlyList<TableProgress> Tables { get; init; } = [];

    /// <summary>What is fetched from far away; null where nothing is.</summary>
    public DownloadProgress? Download { get; init; }

    /// <summary>Bytes of encoded rows on their way to the server.</summary>
    public long RowBytesInFlight { get; init; }

    /// <summary>The limit of that; 0 where there is none.</summary>
    public long RowBytesLimit { get; init; }
}
