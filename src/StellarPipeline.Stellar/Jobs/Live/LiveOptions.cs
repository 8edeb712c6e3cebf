using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>How the network is followed.</summary>
public sealed record LiveOptions
{
    /// <summary>The last ledger that is stored; null follows for ever.</summary>
    /// <value>Default null.</value>
    public uint? To { get; init; }

    /// <summary>How many ledgers the tip must be away for several ledgers to share a transaction.</summary>
    /// <value>Ledgers, 0 to 1,000,000. Default 100. With 0 whatever is ready is stored together.</value>
    /// <remarks>
    /// The distance is taken from the source where it knows the tip, else from the age of the ledger and the time between ledgers.
    /// </remarks>
    public int CatchUpThreshold { get; init; } = 100;

    /// <summary>Most bytes of rows in a transaction of several ledgers; one ledger may have more.</summary>
    /// <value>Bytes, at least 1. Default 32 MiB.</value>
    public long CatchUpBytes { get; init; } = 32L << 20;

    /// <summary>Ledgers that are decoded at the same time.</summary>
    /// <value>1 to 256. Default: one per processor, at most 8.</value>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Most bytes of ledgers and their rows that are on their way.</summary>
    /// <value>Bytes, at least 1 MiB. Default 256 MiB.</value>
    public long BytesInFlight { get; init; } = 256L << 20;

    /// <summary>Whether to wait while another process has the lock of ingestion, rather than to end.</summary>
    /// <value>Default false.</value>
    public bool StandBy { get; init; }

    /// <summary>How often a transaction is tried when it fails in a way that passes.</summary>
    /// <value>1 to 1,000. Default 10.</value>
    public int Attempts { get; init; } = 10;

    /// <summary>The waits between two tries.</summary>
    /// <value>Default: 1 second, doubled each time, at most 30 seconds.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>How long a statement may wait for a lock of another session.</summary>
    /// <value>Default 1 minute; <see cref="TimeSpan.Zero"/> waits without limit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Whom new token contracts are asked for name, symbol and decimals; the caller owns it. Null asks nobody: the rows are stored with
    /// what is known, and a later run completes them.
    /// </summary>
    /// <value>Default null.</value>
    public RpcContractReader? Contracts { get; init; }

    /// <summary>How long ledgers wait for answers of new token contracts, before their transaction opens.</summary>
    /// <value>Default 5 seconds. What has not answered by then is stored without, and asked again beside the ledgers.</value>
    public TimeSpan ContractPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether the schema is brought up to date first: the wallet tables, and the history tables as plain tables where there are none.
    /// </summary>
    /// <value>Default true.</value>
    public bool Migrate { get; init; } = true;

    /// <summary>True takes ledgers of a protocol that is newer than any known one, if they decode.</summary>
    /// <value>Default false.</value>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Lists every value that is out of range.</summary>
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
        if (ContractPatience < TimeSpan.Zero) problems.Add($"the patience with contracts is {ContractPatience}; it must not be negative");
        if (problems.Count > 0) throw LiveThrow.Options(problems);
    }
}
