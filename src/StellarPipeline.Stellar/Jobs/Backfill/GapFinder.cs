using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Finds which ledgers of a range the history tables hold, from the bookkeeping and from the rows.</summary>
/// <remarks>
/// A long range is examined in windows. A window is one state of the database, with its bookkeeping and all five tables. So a batch that
/// others commit meanwhile is there or not, and never looks torn; and no lock is held for longer than a window takes.
/// </remarks>
/// <param name="runner">Where the queries run.</param>
/// <param name="hasBookkeeping">Whether the bookkeeping tables exist. A database that no backfill has used does not have them.</param>
internal sealed class GapFinder(QueryRunner runner, bool hasBookkeeping)
{
    // Ledgers of a window, unless its batches reach further; each takes about 100 bytes of memory.
    private const uint WindowLedgers = 10_000;

    // A limit that an administrator set for all sessions is meant for short queries. Counting a window may take longer.
    private static readonly Query NoTimeout = new("gaps.no_timeout", "none", "SET LOCAL statement_timeout = 0");

    private const string RepairBegun = "a repair of them was begun and has not ended";

    /// <summary>Examines a range.</summary>
    /// <param name="range">The ledgers.</param>
    /// <param name="trustsBookkeeping">True does not count the rows of batches that a backfill loaded.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>Segments in order. A loaded or torn batch is returned whole, even if it extends beyond the range.</returns>
    public async Task<List<LedgerSegment>> FindAsync(LedgerSpan range, bool trustsBookkeeping, CancellationToken cancellationToken)
    {
        var segments = new SegmentList();
        long first = range.First;
        while (first <= range.Last)
        {
            var window = new LedgerSpan((uint)first, (uint)Math.Min(range.Last, first + WindowLedgers - 1));
            uint last = await runner.RunTogetherAsync(
                state => LookAsync(state, window, trustsBookkeeping, segments, cancellationToken), cancellationToken).ConfigureAwait(false);
            first = last + 1L;
        }

        return segments.Segments;
    }

    /// <summary>Examines a window, and the whole of every batch that overlaps it.</summary>
    /// <returns>The last ledger that was examined.</returns>
    private async Task<uint> LookAsync(
        QueryRunner state, LedgerSpan window, bool trustsBookkeeping, SegmentList segments, CancellationToken cancellationToken)
    {
        await state.ExecuteAsync(NoTimeout, [], cancellationToken).ConfigureAwait(false);
        await state.Columnstore.AvoidWorkersAsync(cancellationToken).ConfigureAwait(false);
        List<BatchRecord> batches = [];
        List<LedgerSpan> begun = [];
        if (hasBookkeeping)
        {
            // A batch that begins in a window already examined was committed since. Its ledgers in this window are judged by their rows.
            bool isFirst = segments.Segments.Count == 0;
            List<BatchRecord> noted = await new BatchLog(state).ReadAsync(window, cancellationToken).ConfigureAwait(false);
            batches = [.. noted.Where(batch => batch.IsLoaded && (isFirst || batch.Span.First >= window.First))];
        }

        if (batches.Count > 0)
            window = new LedgerSpan(Math.Min(window.First, batches[0].Span.First), Math.Max(window.Last, batches[^1].Span.Last));
        if (hasBookkeeping) begun = await LeaseStore.ReadRepairsAsync(state, window, cancellationToken).ConfigureAwait(false);
        var found = new List<LedgerSegment>();
        List<LedgerSpan> trusted = trustsBookkeeping ? [.. batches.Select(batch => batch.Span)] : [];
        foreach (LedgerSpan span in LedgerSpan.Subtract([window], trusted))
        {
            LedgerContent[] ledgers = await new LedgerInventory(state).ReadAsync(span, cancellationToken).ConfigureAwait(false);
            Judge(span, ledgers, trustsBookkeeping ? [] : batches, begun, found);
        }

        if (trustsBookkeeping) found.AddRange(batches.Select(batch => new LedgerSegment(batch.Span, LedgerState.Loaded, batch.Rows)));
        foreach (LedgerSegment segment in found.OrderBy(segment => segment.Span.First)) segments.Add(segment);
        return window.Last;
    }

    /// <summary>Compares batches with their rows, and judges the ledgers outside of them one by one.</summary>
    /// <remarks>
    /// A repair removes the record of its batch before it writes the ledgers again. Until they are written, only its lease knows that they
    /// are torn: each of them alone may look complete.
    /// </remarks>
    private static void Judge(
        LedgerSpan span, LedgerContent[] ledgers, List<BatchRecord> batches, List<LedgerSpan> begun, List<LedgerSegment> found)
    {
        int index = 0;
        int repair = 0;
        var sum = default(TableRows);
        string? finding = null;
        for (uint offset = 0; offset < ledgers.Length; offset++)
        {
            uint ledger = span.First + offset;
            LedgerContent content = ledgers[offset];
            BatchRecord? batch = index < batches.Count && batches[index].Span.First <= ledger ? batches[index] : null;
            if (batch is null)
            {
                while (repair < begun.Count && begun[repair].Last < ledger) repair++;
                bool isBegun = repair < begun.Count && begun[repair].First <= ledger;
                found.Add(isBegun ? new LedgerSegment(new LedgerSpan(ledger, ledger), LedgerState.Torn, content.Rows, RepairBegun)
                    : Judge(ledger, content));
                continue;
            }

            sum += content.Rows;
            if (finding is null && content.Problem() is { } problem)
                finding = FormattableString.Invariant($"; ledger {ledger}: {problem}");
            if (ledger != batch.Span.Last) continue;
            found.Add(Compare(batch, sum, finding));
            sum = default;
            finding = null;
            index++;
        }
    }

    private static LedgerSegment Judge(uint ledger, LedgerContent content)
    {
        var span = new LedgerSpan(ledger, ledger);
        if (content.IsEmpty) return new LedgerSegment(span, LedgerState.Missing, default);
        return content.Problem() is { } problem ? new LedgerSegment(span, LedgerState.Torn, content.Rows, problem)
            : new LedgerSegment(span, LedgerState.Found, content.Rows);
    }

    private static LedgerSegment Compare(BatchRecord batch, TableRows found, string? finding)
    {
        if (found == batch.Rows) return new LedgerSegment(batch.Span, LedgerState.Loaded, found);
        IEnumerable<string> differences = HistoryTables.All.Where(table => found.Of(table) != batch.Rows.Of(table))
            .Select(table => Difference(table, batch.Rows, found));
        return new LedgerSegment(
            batch.Span, LedgerState.Torn, found, $"the batch was loaded with {string.Join(", ", differences)}{finding}");
    }

    private static string Difference(CopyTable table, TableRows noted, TableRows found) => string.Create(
        CultureInfo.InvariantCulture, $"{noted.Of(table):N0} rows of {table.Name}, but {found.Of(table):N0} are there");

    /// <summary>A list of segments that merges adjacent equal ones. Loaded batches stay separate.</summary>
    private sealed class SegmentList
    {
        public List<LedgerSegment> Segments { get; } = [];

        public void Add(LedgerSegment next)
        {
            if (Segments.Count > 0 && next.State != LedgerState.Loaded && Segments[^1] is var last
                && last.State == next.State && last.Reason == next.Reason && last.Span.Last + 1 == next.Span.First)
            {
                Segments[^1] = last with { Span = new LedgerSpan(last.Span.First, next.Span.Last), Rows = last.Rows + next.Rows };
            }
            else
            {
                Segments.Add(next);
            }
        }
    }
}
