using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Finds which ledgers of a range the history tables hold, from the bookkeeping and from the rows.</summary>
/// <param name="runner">Where the queries run.</param>
/// <param name="hasBookkeeping">Whether the bookkeeping tables exist. A database that no backfill has used does not have them.</param>
internal sealed class GapFinder(QueryRunner runner, bool hasBookkeeping)
{
    // Ledgers counted per query; each takes about 100 bytes of memory.
    private const uint WindowLedgers = 10_000;

    private readonly BatchLog log = new(runner);
    private readonly LedgerInventory inventory = new(runner);

    /// <summary>Examines a range.</summary>
    /// <param name="range">The ledgers.</param>
    /// <param name="trustsBookkeeping">True does not count the rows of batches that a backfill loaded.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>Segments in order. A loaded or torn batch is returned whole, even if it extends beyond the range.</returns>
    public async Task<List<LedgerSegment>> FindAsync(LedgerSpan range, bool trustsBookkeeping, CancellationToken cancellationToken)
    {
        List<BatchRecord> batches = !hasBookkeeping
            ? []
            : [.. (await log.ReadAsync(range, cancellationToken).ConfigureAwait(false)).Where(batch => batch.IsLoaded)];
        if (batches.Count > 0)
            range = new LedgerSpan(Math.Min(range.First, batches[0].Span.First), Math.Max(range.Last, batches[^1].Span.Last));
        var segments = new SegmentList();
        if (!trustsBookkeeping)
        {
            await WalkAsync([range], batches, segments, cancellationToken).ConfigureAwait(false);
            return segments.Segments;
        }

        await WalkAsync(LedgerSpan.Subtract([range], [.. batches.Select(batch => batch.Span)]), [], segments, cancellationToken)
            .ConfigureAwait(false);
        List<LedgerSegment> loaded = [.. batches.Select(batch => new LedgerSegment(batch.Span, LedgerState.Loaded, batch.Rows))];
        return [.. segments.Segments.Concat(loaded).OrderBy(segment => segment.Span.First)];
    }

    private async Task WalkAsync(
        IReadOnlyList<LedgerSpan> spans, List<BatchRecord> batches, SegmentList segments, CancellationToken cancellationToken)
    {
        int index = 0;
        var sum = default(TableRows);
        string? finding = null;
        foreach (LedgerSpan window in spans.SelectMany(Windows))
        {
            LedgerContent[] ledgers = await inventory.ReadAsync(window, cancellationToken).ConfigureAwait(false);
            for (uint offset = 0; offset < ledgers.Length; offset++)
            {
                uint ledger = window.First + offset;
                LedgerContent content = ledgers[offset];
                BatchRecord? batch = index < batches.Count && batches[index].Span.First <= ledger ? batches[index] : null;
                if (batch is null)
                {
                    segments.Add(Judge(ledger, content));
                    continue;
                }

                sum += content.Rows;
                if (finding is null && content.Problem() is { } problem)
                    finding = FormattableString.Invariant($"; ledger {ledger}: {problem}");
                if (ledger != batch.Span.Last) continue;
                segments.Add(Compare(batch, sum, finding));
                sum = default;
                finding = null;
                index++;
            }
        }
    }

    private static IEnumerable<LedgerSpan> Windows(LedgerSpan span)
    {
        for (long first = span.First; first <= span.Last; first += WindowLedgers)
            yield return new LedgerSpan((uint)first, (uint)Math.Min(span.Last, first + WindowLedgers - 1));
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
