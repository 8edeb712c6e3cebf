using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What a backfill loads, and with which resources.</summary>
public sealed record BackfillOptions
{
    /// <summary>The smallest <see cref="MemoryBytes"/> for each connection: 32 MiB.</summary>
    public const long MinMemoryBytesPerConnection = 32L << 20;

    /// <summary>The network that the ledgers belong to.</summary>
    public required StellarNetwork Network { get; init; }

    /// <summary>The first ledger of the range; null for the first ledger of a stream or file. A data store requires it.</summary>
    public uint? From { get; init; }

    /// <summary>The last ledger of the range; null for the last ledger of a stream or file. A data store requires it.</summary>
    /// <value>At most <see cref="int.MaxValue"/>.</value>
    public uint? To { get; init; }

    /// <summary>Most ledgers in one transaction.</summary>
    /// <value>1 to 100,000. Default 250. Objects of a data store are not divided: a batch holds at least one whole object.</value>
    public int BatchLedgers { get; init; } = 250;

    /// <summary>Most uncompressed bytes of ledgers in one transaction. A larger ledger gets a transaction of its own.</summary>
    /// <value>1 MiB or more. Default 512 MiB. The size of unread ledgers is estimated from the ledgers read so far.</value>
    public long BatchBytes { get; init; } = 512L << 20;

    /// <summary>Where the rows of a range that has none yet are written.</summary>
    /// <value>Default <see cref="BackfillFill.Auto"/>. Separate tables are filled in one transaction, whatever <see cref="BatchLedgers"/>
    /// and <see cref="BatchBytes"/> are.</value>
    public BackfillFill Fill { get; init; }

    /// <summary>Transactions that load at the same time, each on its own connection.</summary>
    /// <value>1 to 64. Default 2.</value>
    public int Connections { get; init; } = 2;

    /// <summary>Ledgers that are decoded at the same time.</summary>
    /// <value>1 to 1,024. Default: one per processor. Each batch has at least one worker.</value>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory for ledgers that were read and for rows that wait for the server.</summary>
    /// <value>Bytes, at least <see cref="MinMemoryBytesPerConnection"/> for each connection. Default 128 MiB. The program itself needs
    /// about 100 MiB more.</value>
    public long MemoryBytes { get; init; } = 128L << 20;

    /// <summary>
    /// True deletes torn ledgers, which miss some of their rows, and writes them again in the transaction of the batch. Default false: the
    /// run refuses them.
    /// </summary>
    public bool Repair { get; init; }

    /// <summary>True trusts the bookkeeping: rows of batches that were loaded before are not counted again. Default false.</summary>
    public bool TrustBookkeeping { get; init; }

    /// <summary>
    /// True compresses the chunks whose ledgers are complete, each in its own transaction, during the load and at its end. Default false.
    /// Needs TimescaleDB.
    /// </summary>
    public bool Compress { get; init; }

    /// <summary>
    /// True switches off, for good, the TimescaleDB retention policies that would drop loaded rows. Default false: the run refuses a range
    /// that a policy would drop.
    /// </summary>
    public bool SuspendRetention { get; init; }

    /// <summary>True creates missing tables. Default true.</summary>
    public bool Migrate { get; init; } = true;

    /// <summary>True accepts ledgers of a protocol newer than any known one, if they decode. Default false.</summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>
    /// Hashes that the user trusts. Each proves the ledgers before it, so a data store is read from its end and a file is read twice. A
    /// source that can be read only once is refused.
    /// </summary>
    public IReadOnlyList<LedgerAnchor> Trusted { get; init; } = [];

    /// <summary>
    /// A history archive; each batch must agree with its checkpoints before it is committed. Null for none. Stays the caller's.
    /// </summary>
    public IArchiveTransport? Archive { get; init; }

    /// <summary>Checkpoint frequency of <see cref="Archive"/>.</summary>
    public HistoryArchiveOptions ArchiveOptions { get; init; } = new();

    /// <summary>How long a statement may wait for a lock that another session holds.</summary>
    /// <value>Default 1 minute; zero waits without limit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a lease lasts that this process no longer renews. Then other processes may take its ledgers.</summary>
    /// <value>3 seconds to 1 day. Default 1 minute. The process renews it three times in that time.</value>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a batch is tried if the connection breaks, the server restarts, or it ends a deadlock.</summary>
    /// <value>1 to 100. Default 5.</value>
    public int Attempts { get; init; } = 5;

    /// <summary>Version of the program, recorded in the bookkeeping.</summary>
    public string ProgramVersion { get; init; } = typeof(BackfillOptions).Assembly.GetName().Version?.ToString() ?? "unknown";

    /// <summary>Checks every option.</summary>
    /// <exception cref="BackfillException">Kind <see cref="Dataflow.FailureKind.Usage"/>: all problems in one message.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Bound(From ?? 1, 1, int.MaxValue, "the first ledger");
        Bound(To ?? 1, 1, int.MaxValue, "the last ledger");
        if (From > To) problems.Add(FormattableString.Invariant($"the first ledger, {From}, is after the last one, {To}"));
        Bound(BatchLedgers, 1, 100_000, "the number of ledgers in a batch");
        Bound(BatchBytes, 1 << 20, long.MaxValue, "the bytes of ledgers in a batch");
        Bound(Connections, 1, 64, "the number of connections");
        Bound(Workers, 1, 1024, "the number of workers");
        Bound(MemoryBytes, MinMemoryBytesPerConnection * Connections, long.MaxValue, "the memory in bytes, 32 MiB for each connection");
        Bound((long)LeaseDuration.TotalSeconds, 3, 86_400, "the seconds of a lease");
        Bound(Attempts, 1, 100, "the number of attempts");
        if (problems.Count > 0) throw BackfillThrow.Options(problems);

        void Bound(long value, long low, long high, string name)
        {
            if (value >= low && value <= high) return;
            string most = high == long.MaxValue ? "or more" : FormattableString.Invariant($"to {high:N0}");
            problems.Add(FormattableString.Invariant($"{name} is {value:N0}; it must be {low:N0} {most}"));
        }
    }
}
