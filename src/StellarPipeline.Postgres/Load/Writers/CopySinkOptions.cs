using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>How batches are sent.</summary>
public sealed record CopySinkOptions
{
    /// <summary>How long the server may take no bytes, or give no answer at the end of a COPY, before the load fails.</summary>
    /// <value>Default <see cref="Timeout.InfiniteTimeSpan"/>: a server that checks keys or waits for its disk is left in peace.</value>
    public TimeSpan StallLimit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// After cancellation: how long the running COPY may go on by itself before the server is told, on another connection, to cancel it.
    /// </summary>
    /// <value>Default 1 second.</value>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// After the server was told to cancel: how long it may take before the connection is broken, and how long that may take before the
    /// connection is left behind.
    /// </summary>
    /// <value>Default 5 seconds. With <see cref="CancelGrace"/> and the 10 seconds for telling the server it stays below the time that a
    /// graph waits for its stages.</value>
    internal TimeSpan BreakAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Told of each page when its bytes were sent and its memory is back in the pool; null for nobody.</summary>
    /// <value>Runs between two writes, so it must be short. Unsent pages of a failed batch are not reported.</value>
    public Action<RowPage>? PageSent { get; init; }

    /// <summary>
    /// Use COPY … FREEZE, which needs a table that was created or truncated in the same transaction and is not partitioned. It saves the
    /// first VACUUM, not load time.
    /// </summary>
    /// <value>Default false.</value>
    public bool Freeze { get; init; }
}
