using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// Turns the states of a range into work: missing ledgers are recorded as work, ledgers of another program are recorded as there.
/// </summary>
internal static class WorkPlan
{
    private const string Nobody = "nothing: another program wrote these ledgers";

    /// <summary>Examines a range. Refuses torn ledgers unless they may be repaired.</summary>
    /// <exception cref="BackfillException">Ledgers are torn.</exception>
    public static async Task<List<LedgerSegment>> LookAsync(BackfillRun run, LedgerSpan range, CancellationToken cancellationToken)
    {
        var finder = new GapFinder(new QueryRunner(run.Database), hasBookkeeping: true);
        List<LedgerSegment> segments = await finder.FindAsync(range, run.Options.TrustBookkeeping, cancellationToken).ConfigureAwait(false);
        List<LedgerSegment> torn = [.. segments.Where(segment => segment.State == LedgerState.Torn)];
        if (torn.Count > 0 && !run.Options.Repair) throw BackfillThrow.Torn(torn);
        return segments;
    }

    /// <summary>Records a range in one transaction: the bookkeeping says what is there, the leases say what is to be loaded.</summary>
    /// <param name="run">The run.</param>
    /// <param name="range">The range.</param>
    /// <param name="segments">The states of its ledgers.</param>
    /// <param name="isNoted">Whether missing ledgers become leases that any process may take; false if the caller takes them itself. Torn
    /// ledgers always do: once their record is removed, nothing else tells that they are torn.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    public static async Task NoteAsync(
        BackfillRun run, LedgerSpan range, IReadOnlyList<LedgerSegment> segments, bool isNoted, CancellationToken cancellationToken)
    {
        LoadTransaction load = await LoadTransaction.OpenAsync(
            run.Database, new LoadTransactionOptions { LockTimeout = run.Options.LockTimeout }, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            await load.GuardAsync(
                "Planning the batches", () => NoteAsync(load, run, range, segments, isNoted, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Throws if the bookkeeping does not have all ledgers of a range.</summary>
    /// <exception cref="BackfillException">Ledgers are missing.</exception>
    public static async Task CheckAsync(BackfillRun run, LedgerSpan range, CancellationToken cancellationToken)
    {
        List<BatchRecord> there =
            await new BatchLog(new QueryRunner(run.Database)).ReadAsync(range, cancellationToken).ConfigureAwait(false);
        List<LedgerSpan> missing = LedgerSpan.Subtract([range], [.. there.Select(batch => batch.Span)]);
        if (missing.Count > 0) throw BackfillThrow.StillMissing(missing);
    }

    private static async Task NoteAsync(
        LoadTransaction load, BackfillRun run, LedgerSpan range, IReadOnlyList<LedgerSegment> segments, bool isNoted,
        CancellationToken cancellationToken)
    {
        var log = new BatchLog(new QueryRunner(load.Connection, load.RequireSchema()));
        await log.LockAsync(cancellationToken).ConfigureAwait(false);
        LedgerSpan whole = segments.Count == 0 ? range
            : new LedgerSpan(Math.Min(range.First, segments[0].Span.First), Math.Max(range.Last, segments[^1].Span.Last));
        List<BatchRecord> noted = await log.ReadAsync(whole, cancellationToken).ConfigureAwait(false);

        // Records of ledgers that turned out to be torn or gone are stale. Batches that others committed since the check stay.
        List<LedgerSpan> torn = Spans(segments, LedgerState.Torn);
        List<LedgerSpan> gone = [.. torn, .. Spans(segments, LedgerState.Missing)];
        List<BatchRecord> stale =
        [
            .. noted.Where(batch => batch.IsLoaded ? torn.Contains(batch.Span) : gone.Exists(span => span.Within(batch.Span) is not null)),
        ];
        await log.RemoveAsync([.. stale.Select(batch => batch.Span)], cancellationToken).ConfigureAwait(false);
        List<LedgerSpan> kept = [.. noted.Except(stale).Select(batch => batch.Span)];
        foreach (LedgerSegment found in segments.Where(segment => segment.State == LedgerState.Found))
        {
            // Records in between divide the segment. The rows of a part are counted: by them it is noticed when retention drops some.
            foreach (LedgerSpan span in LedgerSpan.Subtract([found.Span], kept))
            {
                TableRows rows = span == found.Span ? found.Rows
                    : await CountAsync(load, span, cancellationToken).ConfigureAwait(false);
                await log.AddAsync(new BatchRecord(span, null, rows), Nobody, run.Options.ProgramVersion, cancellationToken).ConfigureAwait(
                    false);
            }
        }

        // Ledgers that are there already may close the gap to the cursor, without a batch that would do so.
        if (run.HasCursors) await OldestCursor.LowerAsync(load, log, cancellationToken).ConfigureAwait(false);
        List<LedgerSpan> missing = isNoted ? Spans(segments, LedgerState.Missing) : [];
        List<(LedgerSpan, bool)> work =
        [
            .. LedgerSpan.Subtract(missing, kept).Select(span => (span, false)),
            .. LedgerSpan.Subtract(torn, kept).Select(span => (span, true)),
        ];
        if (isNoted || work.Count > 0)
            await LeaseStore.PlanAsync(load, whole, work, isWhole: isNoted, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<TableRows> CountAsync(LoadTransaction load, LedgerSpan span, CancellationToken cancellationToken)
    {
        LedgerContent[] ledgers = await new LedgerInventory(new QueryRunner(load.Connection, load.RequireSchema()))
            .ReadAsync(span, cancellationToken).ConfigureAwait(false);
        return ledgers.Aggregate(default(TableRows), static (sum, ledger) => sum + ledger.Rows);
    }

    private static List<LedgerSpan> Spans(IReadOnlyList<LedgerSegment> segments, LedgerState state) =>
        [.. segments.Where(segment => segment.State == state).Select(segment => segment.Span)];
}
