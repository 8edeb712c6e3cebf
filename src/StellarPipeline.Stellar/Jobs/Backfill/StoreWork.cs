using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// Loads a range from a data store, which can be read at any ledger: from the last ledger downwards, several batches at a time, together
/// with any number of other processes.
/// </summary>
/// <remarks>
/// Downwards, because the hash of a ledger proves the ledgers before it: each batch relies on those above it, and oldest_ingest_ledger goes
/// down with every batch.
/// </remarks>
internal sealed class StoreWork(BackfillRun run, BatchLoader loader, LedgerStore store) : IDisposable
{
    // Waits between searches for work that other processes may release.
    private static readonly Backoff Looks = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(250));

    // Smaller batches cost more than they gain by ending all connections together.
    private const long FewestLedgers = 32;

    // Then a batch is written in place, whatever else it could do: no process may be kept from working by faster ones.
    private const int MostMisses = 20;

    private readonly SemaphoreSlim claiming = new(1, 1);
    private readonly RunAttempts tries = BatchLoader.Tries(run, run.Options.Attempts, "the search for work");
    private BesideUnits? units;
    private int misses;

    /// <summary>Loads what is missing of a range, and returns when all of it is there.</summary>
    public async Task RunAsync(LedgerSpan range, CancellationToken cancellationToken)
    {
        List<LedgerSegment> segments = await WorkPlan.LookAsync(run, range, cancellationToken).ConfigureAwait(false);
        (LedgerSpan Span, LedgersEndedException Cause)? absent = await ReachAsync(range, segments, cancellationToken).ConfigureAwait(false);
        if (absent is { } behind && behind.Span.First > range.First) range = range with { Last = behind.Span.First - 1 };
        run.CountSegments(segments);
        run.LedgersToLoad =
            segments.Where(segment => segment.State is LedgerState.Missing or LedgerState.Torn).Sum(segment => segment.Span.Count);
        await run.Leases.ReleaseGoneAsync(cancellationToken).ConfigureAwait(false);
        await WorkPlan.NoteAsync(run, range, segments, isNoted: true, cancellationToken).ConfigureAwait(false);
        await ChooseAsync(segments, cancellationToken).ConfigureAwait(false);
        if (segments.Count > 0)
            range = new LedgerSpan(Math.Min(range.First, segments[0].Span.First), Math.Max(range.Last, segments[^1].Span.Last));
        await FirstFailure.RunAsync(
            Enumerable.Range(0, run.Options.Connections).Select(
                number => (Func<CancellationToken, Task>)(token => WorkAsync(number, range, token))),
            cancellationToken).ConfigureAwait(false);
        await WorkPlan.CheckAsync(run, range, cancellationToken).ConfigureAwait(false);
        if (absent is { } missing) throw BackfillThrow.StoreEnded(store.Location, range, missing.Span, missing.Cause);
    }

    /// <summary>Removes ledgers beyond the end of the store from the work, and checks the rest for retention policies.</summary>
    /// <returns>The missing ledgers that the store does not have; null if it has all.</returns>
    private async Task<(LedgerSpan Span, LedgersEndedException Cause)?> ReachAsync(
        LedgerSpan range, List<LedgerSegment> segments, CancellationToken cancellationToken)
    {
        List<LedgerSpan> work = [.. segments.Where(IsWork).Select(segment => segment.Span)];
        if (work.Count == 0) return null;
        uint lowest = work[0].First;
        uint highest = work[^1].Last;
        LedgersEndedException? end =
            await StoreReach.FindEndAsync(store, range.First, highest, cancellationToken).ConfigureAwait(false);
        if (run.Retention.IsAny && (end?.LastLedger ?? highest) >= lowest)
        {
            long? closed = await StoreReach.CloseTimeAsync(store, run.Options.Network, lowest, cancellationToken).ConfigureAwait(false);
            await run.CheckRetentionAsync(lowest, closed ?? long.MaxValue, cancellationToken).ConfigureAwait(false);
        }

        if (end is not { LastLedger: { } last }) return null;
        for (int index = segments.Count - 1; index >= 0; index--)
        {
            LedgerSegment segment = segments[index];
            if (!IsWork(segment) || segment.Span.Last <= last) continue;

            // A torn batch is written again completely or not at all.
            if (segment.Span.First > last || segment.State == LedgerState.Torn) segments.RemoveAt(index);
            else segments[index] = segment with { Span = segment.Span with { Last = last } };
        }

        return (new LedgerSpan(Math.Max(last + 1, work.First(span => span.Last > last).First), highest), end);

        static bool IsWork(LedgerSegment segment) => segment.State is LedgerState.Missing or LedgerState.Torn;
    }

    /// <summary>Chooses how rows are written.</summary>
    private async Task ChooseAsync(List<LedgerSegment> segments, CancellationToken cancellationToken)
    {
        List<LedgerSpan> missing = [.. segments.Where(segment => segment.State == LedgerState.Missing).Select(segment => segment.Span)];
        string schema = run.Plan.Preflight.Tables[0].Schema!;
        var runner = new QueryRunner(run.Database, new QueryOptions { Schema = schema });
        BesideChoice choice =
            await BesideChoice.DecideAsync(runner, schema, run.Options.Fill, missing, isStore: true, cancellationToken).ConfigureAwait(
                false);
        if (run.LedgersToLoad > 0) run.Fill.Choose(choice);
        if (choice.Kind != BesideKind.None) units = new BesideUnits(run, choice);
    }

    private async Task WorkAsync(int number, LedgerSpan range, CancellationToken cancellationToken)
    {
        int looks = 0;
        long idle = Stopwatch.GetTimestamp();
        while (true)
        {
            ClaimOutcome claim = await ClaimAsync(range, cancellationToken).ConfigureAwait(false);
            if (claim.Lease is not { } lease)
            {
                if (!claim.IsAnyLeft) break;
                await Looks.WaitAsync(++looks, cancellationToken).ConfigureAwait(false);
                await run.Leases.ReleaseGoneAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            looks = 0;
            run.Meter.BeginWork();
            run.Meter.CountIdle(number, Stopwatch.GetElapsedTime(idle));
            try
            {
                await AwaitAboveAsync(lease.Span, cancellationToken).ConfigureAwait(false);
                var ledgers = new LedgerRange(lease.Span.First, lease.Span.Last);
                await loader.LoadAsync(
                    lease, claim.Beside, token => run.Source.ReadAsync(ledgers, token), run.Options.Attempts, claim.IsLast, number,
                    cancellationToken)
                    .ConfigureAwait(false);
                run.Proofs.Complete(lease.Span);
            }
            catch (LeaseLostException error)
            {
                // The process that has the lease loads the ledgers or releases them; then they may be divided into other batches.
                run.Proofs.Abandon(lease.Span);
                StellarLog.Remark(run.Loggers.CreateLogger<StoreWork>(), error.Message);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The batch above was abandoned because its lease was lost. This batch starts again, and relies on what is committed by
                // then.
                run.Proofs.Abandon(lease.Span);
                await run.Leases.ReturnAsync(lease, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                run.Proofs.Abandon(lease.Span);
                throw;
            }
            finally
            {
                run.Leases.Forget(lease);
            }

            idle = Stopwatch.GetTimestamp();
        }

        run.Meter.CountIdle(number, Stopwatch.GetElapsedTime(idle));
    }

    /// <inheritdoc/>
    public void Dispose() => claiming.Dispose();

    // One at a time: the chain must know the batch above before the one below it ends.
    private async Task<ClaimOutcome> ClaimAsync(LedgerSpan range, CancellationToken cancellationToken)
    {
        await claiming.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (units is not null && await run.Leases.PeekAsync(range, cancellationToken).ConfigureAwait(false) is { } free)
                await units.LookAsync(free, cancellationToken).ConfigureAwait(false);
            ClaimOutcome claim =
                await tries.RunAsync((_, token) => run.Leases.ClaimAsync(range, Cut, token), cancellationToken).ConfigureAwait(false);
            if (claim.Lease is not { } lease) return claim;
            run.Proofs.Announce(lease.Span);
            bool isBeside = !lease.Replaces && units?.Found is { } found && lease.Span.Within(found.Span) == lease.Span;
            if (isBeside) return claim with { Beside = units!.Found! with { Span = lease.Span } };
            if (run.Partitions is { } partitions)
            {
                await tries.RunAsync(async (_, token) =>
                {
                    await EnsurePartitionsAsync(partitions, lease.Span, token).ConfigureAwait(false);
                    return true;
                }, cancellationToken).ConfigureAwait(false);
            }

            return claim;
        }
        finally
        {
            claiming.Release();
        }
    }

    // Before the next claim, which must see the partitions, and before the batch begins: a COPY does not see partitions that come later.
    private async Task EnsurePartitionsAsync(HistoryPartitions partitions, LedgerSpan span, CancellationToken cancellationToken)
    {
        try
        {
            long? first = await TimeAsync(span.First).ConfigureAwait(false);
            long? last = await TimeAsync(span.Last).ConfigureAwait(false);
            if (first is { } from && last is { } to) await partitions.EnsureAsync(from, to, cancellationToken).ConfigureAwait(false);
        }
        catch (PipelineException error) when (error is LedgerException || error.Kind == FailureKind.Archive)
        {
            // The batch meets the same error, and reports it.
        }

        Task<long?> TimeAsync(uint ledger) => StoreReach.CloseTimeAsync(store, run.Options.Network, ledger, cancellationToken);
    }

    /// <summary>
    /// If a trusted hash above a batch proves it, and another process loads the ledgers in between, waits until they are there.
    /// </summary>
    private async Task AwaitAboveAsync(LedgerSpan span, CancellationToken cancellationToken)
    {
        if (!run.Options.Trusted.Any(anchor => anchor.Ledger > span.Last)) return;
        var log = new BatchLog(new QueryRunner(run.Database));
        var above = new LedgerSpan(span.Last + 1, span.Last + 1);
        for (int looks = 1; !run.Proofs.IsAnnounced(above.First); looks++)
        {
            List<BatchRecord> there = await log.ReadAsync(above, cancellationToken).ConfigureAwait(false);
            if (there is [{ IsLoaded: true }]) return;
            if (!await run.Leases.IsLeasedAsync(above, cancellationToken).ConfigureAwait(false)) throw BackfillThrow.TrustOutOfReach(span);
            await Looks.WaitAsync(looks, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The first ledger of a batch at the upper end of free ledgers.</summary>
    /// <remarks>
    /// As many ledgers as allowed, but fewer towards the end of the run, so that all connections end together. No object of the store is
    /// read twice.
    /// </remarks>
    private uint? Cut(LedgerSpan free, bool replaces)
    {
        // Another process took the ledgers that were looked at. What is free now may fill a chunk or partition of its own: look again.
        if (units is not null && !replaces && !units.Knows(free.Last) && ++misses <= MostMisses) return null;
        misses = 0;
        uint lowest = units?.Lowest(free.Last) ?? 0;
        if (units?.Found is { } unit && free.Last == unit.Span.Last) return Math.Max(free.First, lowest);
        long most = Math.Min(
            run.Options.BatchLedgers, Math.Max(FewestLedgers, (free.Count + run.Options.Connections - 1) / run.Options.Connections));
        if (run.Meter.LedgersRead is > 0 and var read)
            most = Math.Clamp(run.Options.BatchBytes / Math.Max(1, run.Meter.BytesRead / read), 1, most);
        uint first = (uint)Math.Max(Math.Max(free.First, lowest), free.Last - most + 1);
        if (store.Layout.FirstOf(first) == first) return first;
        uint next = store.Layout.LastOf(first) + 1;
        return next > free.Last ? store.Layout.FirstOf(free.Last) : next;
    }
}
