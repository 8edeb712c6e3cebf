using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Settings and locks of a load's transaction. They end with the transaction.</summary>
public sealed record LoadTransactionOptions
{
    /// <summary>The value of <c>synchronous_commit</c> for this transaction.</summary>
    /// <value>Default null: the server's value for this role and database, usually <c>on</c>.</value>
    /// <remarks>
    /// With <c>off</c>, a crash of the server shortly after COMMIT can undo a load that was reported as complete (the whole load; nothing
    /// is damaged). One load has one COMMIT, so <c>off</c> saves one flush of the WAL, which is too little to measure.
    /// </remarks>
    public string? SynchronousCommit { get; init; }

    /// <summary>How long a statement may wait for a lock before the load gives up.</summary>
    /// <value>Default 1 minute; <see cref="TimeSpan.Zero"/> waits without limit. Milliseconds are the smallest unit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Further settings for the transaction, such as <c>maintenance_work_mem</c>. They override the defaults of this class.
    /// </summary>
    public IReadOnlyList<SessionSetting> Settings { get; init; } = [];

    /// <summary>Locks to acquire before anything else. The load fails immediately if another session holds one of them.</summary>
    public IReadOnlyList<AdvisoryLock> AdvisoryLocks { get; init; } = [];

    /// <summary>
    /// Sessions of earlier attempts at the same load whose connection was lost. The server may not have noticed; if one of them still holds
    /// a lock, it is terminated.
    /// </summary>
    public IReadOnlyList<ServerSession> LostSessions { get; init; } = [];

    /// <summary>Updated when COMMIT is sent and when its outcome is known; null for none.</summary>
    public CommitWatch? CommitWatch { get; init; }

    /// <summary>
    /// Called with a sentence about what the server waits for if COMMIT takes longer than <see cref="CommitPatience"/>, and again when that
    /// changes; null for none.
    /// </summary>
    public Action<string>? CommitWaits { get; init; }

    /// <summary>
    /// Called with a sentence about the holder of a lock that the load waits for while it opens, after about two seconds; null for none.
    /// </summary>
    public Action<string>? LockWaits { get; init; }

    /// <summary>How long COMMIT may take before the server is asked what it waits for.</summary>
    /// <value>Default 3 seconds.</value>
    public TimeSpan CommitPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long to keep asking for the outcome if the connection is lost during COMMIT.</summary>
    /// <value>Default 1 minute.</value>
    public TimeSpan CommitProbeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Replacement tables in the target schema, by the name of the table that they replace. They are created in the transaction, receive
    /// the rows of that table, and take its place at the end.
    /// </summary>
    /// <value>Default empty: every row is written to its own table.</value>
    internal IReadOnlyDictionary<string, string> StandIns { get; init; } = new Dictionary<string, string>();
}
