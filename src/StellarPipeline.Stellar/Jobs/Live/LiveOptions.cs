using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>How live ingestion follows the network.</summary>
public sealed record LiveOptions
{
    /// <summary>The last ledger to store; null follows the network without end.</summary>
    /// <value>Default null.</value>
    public uint? To { get; init; }

    /// <summary>Distance to the tip from which on several ledgers share a transaction.</summary>
    /// <value>Ledgers, 0 to 1,000,000. Default 100. With 0, all ready ledgers are always stored together.</value>
    /// <remarks>
    /// The distance comes from the source if it knows the tip, else from the age of the ledger and the time between ledgers.
    /// </remarks>
    public int CatchUpThreshold { get; init; } = 100;

    /// <summary>Most bytes of rows in a transaction of several ledgers; a single ledger may be larger.</summary>
    /// <value>Bytes, at least 1. Default 32 MiB.</value>
    public long CatchUpBytes { get; init; } = 32L << 20;

    /// <summary>Ledgers that are decoded at the same time.</summary>
    /// <value>1 to 256. Default: one per processor, at most 8.</value>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Most bytes of ledgers and their rows in memory.</summary>
    /// <value>Bytes, at least 1 MiB. Default 256 MiB.</value>
    public long BytesInFlight { get; init; } = 256L << 20;

    /// <summary>True waits while another process holds the lock of ingestion; false fails.</summary>
    /// <value>Default false.</value>
    public bool StandBy { get; init; }

    /// <summary>How often a transaction is tried when it fails for a transient reason.</summary>
    /// <value>1 to 1,000. Default 10.</value>
    public int Attempts { get; init; } = 10;

    /// <summary>The waits between attempts.</summary>
    /// <value>Default: 1 second, doubled each time, at most 30 seconds.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>How long a statement may wait for a lock that another session holds.</summary>
    /// <value>Default 1 minute; <see cref="TimeSpan.Zero"/> waits without limit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// RPC server that new token contracts are asked through for name, symbol and decimals; the caller owns it. Null asks none: rows are
    /// stored with what is known, and a later run completes them.
    /// </summary>
    /// <value>Default null.</value>
    public RpcContractReader? Contracts { get; init; }

    /// <summary>How long ledgers wait for the metadata of new token contracts, before their transaction opens.</summary>
    /// <value>Default 5 seconds. A contract that has not answered by then is stored without metadata, and asked again in the
    /// background.</value>
    public TimeSpan ContractPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether to migrate the schema first: creates or updates the wallet tables, and creates missing history tables, as
    /// hypertables if TimescaleDB 2.18 or newer is installed, else as plain tables.
    /// </summary>
    /// <value>Default true.</value>
    public bool Migrate { get; init; } = true;

    /// <summary>True accepts ledgers of a protocol newer than any known one, if they decode.</summary>
    /// <value>Default false.</value>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="LiveException">All problems in one message (FailureKind.Usage).</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (To == 0) problems.Add("the last ledger is 0; it must be 1 or more");
        if (CatchUpThreshold is < 0 or > 1_000_000)
            problems.Add(FormattableString.Invariant($"the catch-up threshold is {CatchUpThreshold}; it must be 0 to 1,000,000 ledgers"));
        if (CatchUpBytes < 1)
            problems.Add(FormattableString.Invariant($"the bytes of a catch-up transaction are {CatchUpBytes}; they must be 1 or more"));
        if (Workers is < 1 or > 256) problems.Add(FormattableString.Invariant($"the number of workers is {Workers}; it must be 1 to 256"));
        if (BytesInFlight < 1 << 20)
            problems.Add(FormattableString.Invariant($"the bytes in flight are {BytesInFlight}; they must be 1 MiB or more"));
        if (Attempts is < 1 or > 1_000)
            problems.Add(FormattableString.Invariant($"the number of attempts is {Attempts}; it must be 1 to 1,000"));
        if (LockTimeout < TimeSpan.Zero) problems.Add($"the lock timeout is {LockTimeout}; it must not be negative");
        if (ContractPatience < TimeSpan.Zero)
            problems.Add($"the time to wait for contracts is {ContractPatience}; it must not be negative");
        if (problems.Count > 0) throw LiveThrow.Options(problems);
    }
}
