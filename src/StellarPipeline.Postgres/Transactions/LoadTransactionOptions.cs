using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>How the transaction of a load is set up. Everything here ends with the transaction.</summary>
public sealed record LoadTransactionOptions
{
    /// <summary>What <c>synchronous_commit</c> is for this transaction.</summary>
    /// <value>Default null: what the server has for this role and database, <c>on</c> as a rule.</value>
    /// <remarks>
    /// With <c>off</c> a crash of the server in the moments after COMMIT can undo a load that was reported as done (the whole of it, and
    /// nothing is damaged). One load has one COMMIT, so <c>off</c> saves one flush of the log: nothing that can be measured.
    /// </remarks>
    public string? SynchronousCommit { get; init; }

    /// <summary>How long a statement may wait for a lock before the load gives up.</summary>
    /// <value>Default 1 minute; <see cref="TimeSpan.Zero"/> waits without limit. Milliseconds are the smallest unit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Further settings for the transaction, such as <c>maintenance_work_mem</c>. A setting named here wins over the defaults of this
    /// class.
    /// </summary>
    public IReadOnlyList<SessionSetting> Settings { get; init; } = [];

    /// <summary>Locks to take before anything else; the load fails at once when one is held by another session.</summary>
    public IReadOnlyList<AdvisoryLock> AdvisoryLocks { get; init; } = [];

    /// <summary>
    /// Sessions of earlier attempts at the same load whose connection was lost. The server may not have noticed; where one of them still
    /// holds a lock, it is ended.
    /// </summary>
    public IReadOnlyList<ServerSession> LostSessions { get; init; } = [];

    /// <summary>Told when COMMIT is out and when its outcome is known; null for nobody.</summary>
    public CommitWatch? CommitWatch { get; init; }

    /// <summary>
    /// Gets a sentence about what the server waits for when COMMIT takes longer than <see cref="CommitPatience"/>, and another one when
    /// that changes; null to look at nothing.
    /// </summary>
    public Action<string>? CommitWaits { get; init; }

    /// <summary>
    /// Told, in a sentence, who holds a lock that the load waits for while it opens, from the second second on; null for nobody.
    /// </summary>
    public Action<string>? LockWaits { get; init; }

    /// <summary>How long COMMIT may take before the server is asked what it waits for.</summary>
    /// <value>Default 3 seconds.</value>
    public TimeSpan CommitPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long to go on asking for the outcome when the connection is lost during COMMIT.</summary>
    /// <value>Default 1 minute.</value>
    public TimeSpan CommitProbeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Tables of the target schema that rows of others are written to, by the name of these: made in the transaction, and put into their
    /// place at its end.
    /// </summary>
    /// <value>Default empty: every row goes where its table says.</value>
    internal IReadOnlyDictionary<string, string> StandIns { get; init; } = new Dictionary<string, string>();
}
