using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What a backfill does, and with how much.</summary>
public sealed record BackfillOptions
{
    /// <summary>The least memory that can be asked for, in bytes: 32 MiB for each connection.</summary>
    public const long MinMemoryBytesPerConnection = 32L << 20;

    /// <summary>The network that the ledgers belong to.</summary>
    public required StellarNetwork Network { get; init; }

    /// <summary>
    /// The first ledger of the range; null for the first one that a stream or file has. A data store must be asked for one.
    /// </summary>
    public uint? From { get; init; }

    /// <summary>The last ledger of the range, at most <see cref="int.MaxValue"/>; null for the last one of a stream or file.</summary>
    public uint? To { get; init; }

    /// <summary>Most ledgers of one transaction.</summary>
    /// <value>1 to 100,000. Default 250. Objects of a data store are not cut: a batch holds a whole one at least.</value>
    public int BatchLedgers { get; init; } = 250;

    /// <summary>Most bytes of ledgers, uncompressed, of one transaction; a ledger that is larger is one of its own.</summary>
    /// <value>1 MiB or more. Default 512 MiB. The size of what is not read yet is taken to be that of what was.</value>
    public long BatchBytes { get; init; } = 512L << 20;

    /// <summary>Where rows of a range that holds none yet are written.</summary>
    /// <value>Default <see cref="BackfillFill.Auto"/>. What is filled beside the tables is one transaction, whatever
    /// <see cref="BatchLedgers"/> and <see cref="BatchBytes"/> say.</value>
    public BackfillFill Fill { get; init; }

    /// <summary>Transactions that are filled at the same time, each on a connection of its own.</summary>
    /// <value>1 to 64. Default 2.</value>
    public int Connections { get; init; } = 2;

    /// <summary>Ledgers that are decoded at the same time.</summary>
    /// <value>1 to 1,024. Default: one per processor. A batch has one worker at least.</value>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory for ledgers that were read and rows that wait for the server.</summary>
    /// <value>Bytes, <see cref="MinMemoryBytesPerConnection"/> for each connection or more. Default 128 MiB. The program needs some 100 MiB
    /// more.</value>
    public long MemoryBytes { get; init; } = 128L << 20;

    /// <summary>
    /// True deletes and writes again ledgers of which rows are missing, in the batch's transaction. Default false: they are a refusal.
    /// </summary>
    public bool Repair { get; init; }

    /// <summary>True believes the bookkeeping, and does not count the rows of batches that were loaded before. Default false.</summary>
    public bool TrustBookkeeping { get; init; }

    /// <summary>
    /// True compresses the chunks that the range has finished, each in a transaction of its own, while the load goes on and at its end.
    /// Default false. Needs TimescaleDB.
    /// </summary>
    public bool Compress { get; init; }

    /// <summary>
    /// True switches TimescaleDB's retention policies off where they would drop what is loaded; they stay off. Default false: such a range
    /// is a refusal.
    /// </summary>
    public bool SuspendRetention { get; init; }

    /// <summary>True makes missing tables. Default true.</summary>
    public bool Migrate { get; init; } = true;

    /// <summary>True takes ledgers of a protocol that is newer than any known one, if they decode.</summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>
    /// Hashes that the user trusts. They prove the ledgers before them, so a data store is read from its end, and a file twice: what can be
    /// read only once is refused.
    /// </summary>
    public IReadOnlyList<LedgerAnchor> Trusted { get; init; } = [];

    /// <summary>
    /// A history archive whose checkpoints each batch must agree with before it is committed; null for none. Stays the caller's.
    /// </summary>
    public IArchiveTransport? Archive { get; init; }

    /// <summary>Schedule of <see cref="Archive"/>.</summary>
    public HistoryArchiveOptions ArchiveOptions { get; init; } = new();

    /// <summary>How long a statement may wait for a lock of another session.</summary>
    /// <value>Default 1 minute; zero waits without limit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a batch of this process stays its own when the process says nothing any more.</summary>
    /// <value>3 seconds to 1 day. Default 1 minute. It is renewed three times as often.</value>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often one batch is tried when the connection breaks, the server restarts or ends a dead-lock.</summary>
    /// <value>1 to 100. Default 5.</value>
    public int Attempts { get; init; } = 5;

    /// <summary>Version of the program, for the bookkeeping.</summary>
    public string ProgramVersion { get; init; } = typeof(BackfillOptions).Assembly.GetName().Version?.ToString() ?? "unknown";

    /// <summary>Lists every value that is out of range.</summary>
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
