using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>How batches are sent.</summary>
public sealed record CopySinkOptions
{
    /// <summary>How long the server may accept no bytes, or give no answer at the end of a COPY, before the load fails.</summary>
    /// <value>Default <see cref="Timeout.InfiniteTimeSpan"/>: a server may check keys or wait for its disk for any time.</value>
    public TimeSpan StallLimit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// After cancellation: how long to wait for the running COPY to end by itself before the server is asked, on another connection, to
    /// cancel it.
    /// </summary>
    /// <value>Default 1 second.</value>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// After the server was asked to cancel: how long it may take before the connection is broken, and how long breaking it may take before
    /// the connection is abandoned.
    /// </summary>
    /// <value>Default 5 seconds. Together with <see cref="CancelGrace"/> and the 10 seconds for asking the server this is less than the
    /// time that a graph waits for its stages.</value>
    internal TimeSpan BreakAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Called for each page after its bytes were sent and its memory was returned to the pool; null for none.</summary>
    /// <value>It runs between two writes, so it must be short. Unsent pages of a failed batch are not reported.</value>
    public Action<RowPage>? PageSent { get; init; }

    /// <summary>
    /// Use COPY … FREEZE, which needs a table that was created or truncated in the same transaction and is not partitioned. It saves the
    /// first VACUUM, not load time.
    /// </summary>
    /// <value>Default false.</value>
    public bool Freeze { get; init; }
}
