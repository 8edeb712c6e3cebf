using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Every refusal of a backfill, in one place.</summary>
internal static class BackfillThrow
{
    private const int MostTold = 5;

    public static BackfillException Options(IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, $"{problems.Count} problem(s) in the options: {string.Join("; ", problems)}.");

    public static BackfillException RangeNeeded(string source) => new(
        FailureKind.Usage,
        $"{source} is a data store, which may begin and end anywhere: give the first and the last ledger with --from and --to.");

    public static BackfillException EstimateNeedsRange() => new(
        FailureKind.Usage, "An estimate needs the first and the last ledger: give --from and --to.");

    public static BackfillException TrustNeedsStore(string source) => new(
        FailureKind.Usage,
        $"A trusted hash proves the ledgers before it, but {source} can be read only once and from its beginning, so they would be visible "
            + "before they are proved. Read a file or a data store, or give a history archive (--archive), whose checkpoints prove each "
            + "batch.");

    public static BackfillException AboveLatest(uint last, uint latest) => new(
        FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"The range ends at ledger {last}, but live ingestion stands at {latest} (latest_ingest_ledger), and will write the ledgers "
                    + $"after it itself. Nothing was changed. End the range at {latest} at the latest."));

    public static BackfillException Torn(IReadOnlyList<LedgerSegment> torn) => new(
        FailureKind.Database,
        $"{Told(torn.Sum(segment => segment.Span.Count))} of the range are torn: "
            + $"{string.Join("; ", torn.Take(MostTold).Select(Describe))}{More(torn.Count)}. "
        + "Nothing was changed. The command gaps lists them all; with --repair they are deleted and written again, each batch in one "
        + "transaction.");

    public static BackfillException Unreadable(uint ledger) => new(
        FailureKind.Archive,
        FormattableString.Invariant($"The source does not give ledger {ledger}, or nothing that is one. Nothing was changed."));

    public static BackfillException StillMissing(IReadOnlyList<LedgerSpan> missing) => new(
        FailureKind.Database,
        $"{Told(missing.Sum(span => span.Count))} of the range are not there after the run: "
            + $"{string.Join(", ", missing.Take(MostTold))}{More(missing.Count)}. "
        + "Another process has given them up, or rows were deleted meanwhile. Run again.");

    public static BackfillException StoreEnded(string source, LedgerSpan there, LedgerSpan missing, Exception cause) => new(
        FailureKind.Archive,
        $"{source} ends before the range does: it does not have ledgers {missing}. Ledgers {there} are in the tables, whole. Run again "
            + "when it has the others, or read them from another copy; the command gaps lists what is missing.", cause);

    public static BackfillException RetentionDrops(uint ledger, DateTimeOffset closed, string table, long job, string after) => new(
        FailureKind.Usage,
        FormattableString.Invariant($"Ledger {ledger} closed on {closed:yyyy-MM-dd}, and the retention policy of {table} (job {job}) ")
            + $"drops what is older than {after}: it would drop what this run loads. Nothing was changed. Switch it off for good with "
            + "--suspend-retention, or set a longer one with timescale configure --retention.");

    public static BackfillException NothingToCompress(string schema) => new(
        FailureKind.Usage,
        $"The history tables of schema {schema} are plain tables: there is nothing to compress. Nothing was loaded. Run without "
            + "--compress; where TimescaleDB is installed before the tables are made, they are hypertables.");

    public static BackfillException TakenByOther(LedgerSpan span) => new(
        FailureKind.Database,
        $"Ledgers {span} are being loaded by another process, and this source cannot be read out of order. Nothing of this batch was "
            + $"committed. Wait until it has ended, then run again; what is there is passed over.");

    public static BackfillException TablesMissing(string schema) => new(
        FailureKind.Usage,
        $"Schema {schema} has not the tables of a backfill (transactions, operations, state_changes and their accounts; "
            + $"backfill_batches). Nothing was changed. Run without --no-migrate, which makes them, or name the schema that has them with "
            + $"--schema.");

    public static BackfillException TrustOutside(uint ledger, string range) => new(
        FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"The trusted hash is that of ledger {ledger}, which is neither in the range {range} nor the one before it. Give the hash of "
                    + $"a ledger of the range."));

    public static BackfillException TrustOutOfReach(LedgerSpan span) => new(
        FailureKind.Usage,
        $"The trusted hash cannot prove ledgers {span}: the ledgers between were written by another program, and their hashes are not "
            + $"known. Nothing of this batch was committed. Trust a ledger of this stretch, or give a history archive.");

    public static LeaseLostException LeaseLost(LedgerSpan span) => new(
        $"The batch of ledgers {span} was taken over by another process, since this one had not renewed its lease in time. Nothing of it "
            + $"was committed here. Run again: what is there is passed over.");

    public static BackfillException SourceChanged(LedgerSpan span) => new(
        FailureKind.Archive,
        $"The source gave other ledgers {span} when they were read again. Nothing of this batch was committed. See who writes to it, then "
            + $"run again.");

    public static BackfillException NeighbourDiffers(LedgerSpan span, LedgerSpan neighbour, bool isAbove, Hash256 named, Hash256 found)
    {
        (uint upper, LedgerSpan who) = isAbove ? (neighbour.First, neighbour) : (span.First, span);
        string other = isAbove ? $"ledger {upper}, which is in the database (batch {who}), names" : $"ledger {upper} names";
        string have =
            isAbove
                ? $"the source's ledger {upper - 1} has the hash"
                : $"ledger {upper - 1}, which is in the database (batch {neighbour}), has the hash";
        return new BackfillException(
            FailureKind.Archive,
            $"The batch of ledgers {span} does not chain to what is in the database: {other} {named} as the hash of the one before it, "
                + $"but {have} {found}. "
            + "Nothing of this batch was committed. The source is of another network or history than the one that was loaded before: find "
            + "out which one is true.");
    }

    public static BackfillException AlreadyThere(LedgerSpan span, DatabaseException error) => new(
        FailureKind.Database,
        $"Rows of ledgers {span} were there before the batch, though none was when the range was looked at: another program writes to "
            + $"these tables. Nothing of this batch was committed. "
        + $"Run again: what is whole is passed over, what is torn is told. {error.Message}",
        error);

    public static BackfillException RowsDiffer(LedgerSpan span, string table, long made, long stored) => new(
        FailureKind.Internal, string.Create(CultureInfo.InvariantCulture,
            $"Ledgers {span.First} to {span.Last} became {made:N0} rows of {table}, but the server confirmed {stored:N0}. The batch was "
                    + $"rolled back."));

    public static BackfillException OutOfRange(LedgerSpan span, uint found) => new(
        FailureKind.Internal,
        FormattableString.Invariant($"The source gave ledger {found} for the batch {span}. The batch was rolled back."));

    /// <summary>A load that something in the database stands in the way of.</summary>
    public static Exception Refused(string server, IReadOnlyList<LoadFinding> obstacles)
    {
        string found = string.Join(" ", obstacles.Select(obstacle => obstacle.Message));
        return new BackfillException(FailureKind.Usage, $"{server} cannot take this backfill: {found} Nothing was changed.");
    }

    private static string Describe(LedgerSegment segment) => $"{segment.Span} ({segment.Reason})";

    private static string Told(long ledgers) => ledgers == 1 ? "1 ledger" : FormattableString.Invariant($"{ledgers:N0} ledgers");

    private static string More(int count) => count > MostTold ? FormattableString.Invariant($" and {count - MostTold:N0} more") : "";
}
