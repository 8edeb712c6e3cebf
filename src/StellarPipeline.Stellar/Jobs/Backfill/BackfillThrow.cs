using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Creates every exception of a backfill.</summary>
internal static class BackfillThrow
{
    private const int MostTold = 5;

    public static BackfillException Options(IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, $"{problems.Count} problem(s) in the options: {string.Join("; ", problems)}.");

    public static BackfillException RangeNeeded(string source) => new(
        FailureKind.Usage,
        $"{source} is a data store, which can begin and end at any ledger. Give the first and the last ledger with --from and --to.");

    public static BackfillException EstimateNeedsRange() => new(
        FailureKind.Usage, "An estimate needs the first and the last ledger. Give --from and --to.");

    public static BackfillException TrustNeedsStore(string source) => new(
        FailureKind.Usage,
        $"A trusted hash proves the ledgers before it, but {source} can be read only once and from its beginning, so these ledgers would "
            + "be visible before they are proved. Read a file or a data store, or give a history archive (--archive), whose "
            + "checkpoints prove each batch.");

    public static BackfillException AboveLatest(uint last, uint latest) => new(
        FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"The range ends at ledger {last}, but live ingestion is at ledger {latest} (latest_ingest_ledger) and writes all later "
                + $"ledgers itself. Nothing was changed. End the range at {latest} or earlier."));

    public static BackfillException Torn(IReadOnlyList<LedgerSegment> torn) => new(
        FailureKind.Database,
        $"The range has torn ledgers, which miss some of their rows ({Told(torn.Sum(segment => segment.Span.Count))}): "
            + $"{string.Join("; ", torn.Take(MostTold).Select(Describe))}{More(torn.Count)}. "
        + "Nothing was changed. The command gaps lists all of them. --repair deletes them and writes them again, each batch in one "
        + "transaction.");

    public static BackfillException Unreadable(uint ledger) => new(
        FailureKind.Archive,
        FormattableString.Invariant($"The source does not contain ledger {ledger}, or its content is no ledger. Nothing was changed."));

    public static BackfillException StillMissing(IReadOnlyList<LedgerSpan> missing) => new(
        FailureKind.Database,
        $"Ledgers of the range are still missing after the run ({Told(missing.Sum(span => span.Count))}): "
            + $"{string.Join(", ", missing.Take(MostTold))}{More(missing.Count)}. "
        + "Another process stopped before it loaded them, or rows were deleted during the run. Run again.");

    public static BackfillException StoreEnded(string source, LedgerSpan there, LedgerSpan missing, Exception cause) => new(
        FailureKind.Archive,
        $"{source} ends before the range does: it does not contain ledgers {missing}. Ledgers {there} are completely loaded. Run again "
            + "when the source has the other ledgers, or read them from another copy. The command gaps lists what is missing.", cause);

    public static BackfillException RetentionDrops(uint ledger, DateTimeOffset closed, string table, long job, string after) => new(
        FailureKind.Usage,
        FormattableString.Invariant($"Ledger {ledger} closed on {closed:yyyy-MM-dd}, and the retention policy of {table} (job {job}) ")
            + $"drops rows older than {after}: it would drop rows that this run loads. Nothing was changed. Switch the policy off for good "
            + "with --suspend-retention, or set a longer period with timescale configure --retention.");

    public static BackfillException NothingToCompress(string schema) => new(
        FailureKind.Usage,
        $"The history tables of schema {schema} are plain tables: there is nothing to compress. Nothing was loaded. Run without "
            + "--compress. To get hypertables, install TimescaleDB before the tables are created.");

    public static BackfillException TakenByOther(LedgerSpan span) => new(
        FailureKind.Database,
        $"Another process is loading ledgers {span}, and this source cannot be read out of order. Nothing of this batch was committed. "
            + "Wait until the other process has ended, then run again: ledgers that are already loaded are skipped.");

    public static BackfillException TablesMissing(string schema) => new(
        FailureKind.Usage,
        $"Schema {schema} does not have all tables of a backfill (transactions, transactions_accounts, operations, operations_accounts, "
            + "state_changes, backfill_batches, backfill_leases). Nothing was changed. Run without --no-migrate to create them, or name "
            + "another schema with --schema.");

    public static BackfillException TrustOutside(uint ledger, string range) => new(
        FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"The trusted hash belongs to ledger {ledger}, which is neither in the range {range} nor the ledger before it. Give the hash "
                    + $"of a ledger of the range."));

    public static BackfillException TrustOutOfReach(LedgerSpan span) => new(
        FailureKind.Usage,
        $"The trusted hash cannot prove ledgers {span}: another program wrote the ledgers in between, and their hashes are not known. "
            + "Nothing of this batch was committed. Trust the hash of a ledger nearer to these ledgers, or give a history archive "
            + "(--archive).");

    public static LeaseLostException LeaseLost(LedgerSpan span) => new(
        $"Another process took over the batch of ledgers {span}, because this process did not renew its lease in time. Nothing of the "
            + "batch was committed here. Run again: ledgers that are already loaded are skipped.");

    public static BackfillException SourceChanged(LedgerSpan span) => new(
        FailureKind.Archive,
        $"The source returned different content for ledgers {span} when they were read again. Nothing of this batch was committed. Find "
            + "out what writes to the source, then run again.");

    public static BackfillException NeighbourDiffers(LedgerSpan span, LedgerSpan neighbour, bool isAbove, Hash256 named, Hash256 found)
    {
        (uint upper, LedgerSpan who) = isAbove ? (neighbour.First, neighbour) : (span.First, span);
        string other =
            isAbove ? $"ledger {upper}, which is in the database (batch {who}), names" : $"ledger {upper} of the source names";
        string have =
            isAbove
                ? $"ledger {upper - 1} of the source has the hash"
                : $"ledger {upper - 1}, which is in the database (batch {neighbour}), has the hash";
        return new BackfillException(
            FailureKind.Archive,
            $"The batch of ledgers {span} does not chain to what is in the database: {other} {named} as the hash of the ledger before it, "
                + $"but {have} {found}. "
            + "Nothing of this batch was committed. The source belongs to another network, or to another history than the ledgers that "
            + "were loaded before: find out which of the two is right.");
    }

    public static BackfillException AlreadyThere(LedgerSpan span, DatabaseException error) => new(
        FailureKind.Database,
        $"The tables have rows of ledgers {span} that were not there when the range was checked: another program writes to these tables. "
            + "Nothing of this batch was committed. Run again: complete ledgers are skipped, torn ones are reported. "
            + error.Message,
        error);

    public static BackfillException RowsDiffer(LedgerSpan span, string table, long made, long stored) => new(
        FailureKind.Internal, string.Create(CultureInfo.InvariantCulture,
            $"Ledgers {span.First} to {span.Last} were projected to {made:N0} rows of {table}, but the server confirmed {stored:N0}. The "
                    + $"batch was rolled back. This is a bug: please report it with this message."));

    public static BackfillException OutOfRange(LedgerSpan span, uint found) => new(
        FailureKind.Internal,
        FormattableString.Invariant(
            $"The source returned ledger {found} out of place in the batch {span}. The batch was rolled back."));

    /// <summary>The database has obstacles that prevent the load.</summary>
    public static Exception Refused(string server, IReadOnlyList<LoadFinding> obstacles)
    {
        string found = string.Join(" ", obstacles.Select(obstacle => obstacle.Message));
        return new BackfillException(FailureKind.Usage, $"{server} cannot run this backfill: {found} Nothing was changed.");
    }

    private static string Describe(LedgerSegment segment) => $"{segment.Span} ({segment.Reason})";

    private static string Told(long ledgers) => ledgers == 1 ? "1 ledger" : FormattableString.Invariant($"{ledgers:N0} ledgers");

    private static string More(int count) => count > MostTold ? FormattableString.Invariant($" and {count - MostTold:N0} more") : "";
}
