using System.Diagnostics;
using System.Threading.Tasks.Dataflow;
using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Loads ledgers of files, a pipe or standard input, from the first one upwards: they cannot be read in another order.</summary>
/// <remarks>
/// Ledgers that are already in the tables are skipped. A batch is read before its transaction begins, so its share of the memory limits its
/// size, and it is tried only once.
/// </remarks>
internal sealed class StreamWork(BackfillRun run, BatchLoader loader)
{
    private const uint WindowLedgers = 1_000;

    // Batches that wait, are being gathered, or are being handed over.
    private const int BatchesBesideConnections = 3;

    // A source that returns nothing for this long may wait for memory that is held here, or for ledgers that have not closed yet.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly BufferBlock<StreamBatch> queue = new(new DataflowBlockOptions { BoundedCapacity = 1 });
    private readonly long mostBytes = run.Options.MemoryBytes / 3 / (run.Options.Connections + BatchesBesideConnections);
    private readonly Queue<LedgerSegment> segments = [];
    private List<LedgerBuffer> gathered = [];
    private long gatheredBytes;
    private bool replaces;
    private LedgerSpan? read;

    /// <summary>Loads what is missing of a range.</summary>
    /// <param name="first">The first ledger; null for the first one of the source.</param>
    /// <param name="last">The last ledger; null for the last one of the source.</param>
    /// <param name="cancellationToken">Stops the work. Open batches are rolled back.</param>
    /// <returns>The ledgers that were read; null if there were none.</returns>
    public async Task<LedgerSpan?> RunAsync(uint? first, uint? last, CancellationToken cancellationToken)
    {
        run.Fill.Choose(BesideChoice.OfStream);
        await run.Leases.ReleaseGoneAsync(cancellationToken).ConfigureAwait(false);
        IEnumerable<Func<CancellationToken, Task>> workers = Enumerable.Range(0, run.Options.Connections)
            .Select(number => (Func<CancellationToken, Task>)(token => WorkAsync(number, token)));
        try
        {
            await FirstFailure.RunAsync([token => ReadAsync(new LedgerRange(first, last), token), .. workers], cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            foreach (LedgerBuffer ledger in gathered) ledger.Dispose();
            while (queue.TryReceive(out StreamBatch? batch)) batch.Dispose();
        }

        if (read is { } range) await WorkPlan.CheckAsync(run, range, cancellationToken).ConfigureAwait(false);
        return read;
    }

    private async Task WorkAsync(int number, CancellationToken cancellationToken)
    {
        long idle = Stopwatch.GetTimestamp();
        while (await queue.OutputAvailableAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!queue.TryReceive(out StreamBatch? batch)) continue;
            using (batch)
            {
                run.Meter.BeginWork();
                run.Meter.CountIdle(number, Stopwatch.GetElapsedTime(idle));
                bool isLast = queue.Completion.IsCompleted;
                try
                {
                    await loader.LoadAsync(batch.Lease, null, batch.ReadAsync, attempts: 1, isLast, number, cancellationToken)
                        .ConfigureAwait(false);
                    run.Proofs.Complete(batch.Lease.Span);
                }
                catch
                {
                    run.Proofs.Abandon(batch.Lease.Span);
                    throw;
                }
                finally
                {
                    run.Leases.Forget(batch.Lease);
                }
            }

            idle = Stopwatch.GetTimestamp();
        }

        run.Meter.CountIdle(number, Stopwatch.GetElapsedTime(idle));
    }

    private async Task ReadAsync(LedgerRange range, CancellationToken cancellationToken)
    {
        IAsyncEnumerator<LedgerBuffer> ledgers = run.Source.ReadAsync(range, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (ledgers.ConfigureAwait(false))
        {
            while (await NextAsync(ledgers, cancellationToken).ConfigureAwait(false))
                await TakeAsync(ledgers.Current, range.Last, cancellationToken).ConfigureAwait(false);
        }

        await HandOnAsync(cancellationToken).ConfigureAwait(false);
        queue.Complete();
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<LedgerBuffer> ledgers, CancellationToken cancellationToken)
    {
        Task<bool> next = ledgers.MoveNextAsync().AsTask();
        if (gathered.Count > 0 && await Task.WhenAny(next, Task.Delay(Patience, cancellationToken)).ConfigureAwait(false) != next)
        {
            try
            {
                await HandOnAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                // The source must be idle before it is disposed.
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }

        return await next.ConfigureAwait(false);
    }

    private async Task TakeAsync(LedgerBuffer ledger, uint? last, CancellationToken cancellationToken)
    {
        bool isTaken = false;
        try
        {
            if (ledger.Sequence > run.Latest) throw BackfillThrow.AboveLatest(ledger.Sequence, run.Latest.Value);
            if (read is null && run.Retention.IsAny)
            {
                // The first ledger of a stream is the oldest.
                long closed = StoreReach.CloseTime(ledger, run.Options.Network) ?? long.MaxValue;
                await run.CheckRetentionAsync(ledger.Sequence, closed, cancellationToken).ConfigureAwait(false);
            }

            read = new LedgerSpan(read?.First ?? ledger.Sequence, ledger.Sequence);
            LedgerState state = await StateAsync(ledger.Sequence, last, cancellationToken).ConfigureAwait(false);
            bool isThere = state is LedgerState.Loaded or LedgerState.Found;
            bool isFull =
                gathered.Count >= run.Options.BatchLedgers || gatheredBytes + ledger.Length > Math.Min(mostBytes, run.Options.BatchBytes);
            if (isThere || isFull || replaces != (state == LedgerState.Torn)) await HandOnAsync(cancellationToken).ConfigureAwait(false);
            if (isThere) return;
            replaces = state == LedgerState.Torn;
            gathered.Add(ledger);
            gatheredBytes += ledger.Length;
            isTaken = true;
        }
        finally
        {
            if (!isTaken) ledger.Dispose();
        }
    }

    /// <summary>The state of a ledger in the database; read for many ledgers at a time.</summary>
    private async Task<LedgerState> StateAsync(uint ledger, uint? last, CancellationToken cancellationToken)
    {
        while (segments.TryPeek(out LedgerSegment passed) && passed.Span.Last < ledger) segments.Dequeue();
        if (segments.Count == 0)
        {
            var window = new LedgerSpan(ledger, (uint)Math.Min(ledger + (long)WindowLedgers - 1, last ?? int.MaxValue));
            List<LedgerSegment> found = await WorkPlan.LookAsync(run, window, cancellationToken).ConfigureAwait(false);
            run.CountSegments(found);
            await WorkPlan.NoteAsync(run, window, found, isNoted: false, cancellationToken).ConfigureAwait(false);
            foreach (LedgerSegment segment in found) segments.Enqueue(segment);
            while (segments.TryPeek(out LedgerSegment before) && before.Span.Last < ledger) segments.Dequeue();
        }

        return segments.Peek().State;
    }

    private async Task HandOnAsync(CancellationToken cancellationToken)
    {
        if (gathered.Count == 0) return;
        var span = new LedgerSpan(gathered[0].Sequence, gathered[^1].Sequence);
        if (run.Partitions is { } partitions && StoreReach.CloseTime(gathered[0], run.Options.Network) is { } opened
            && StoreReach.CloseTime(gathered[^1], run.Options.Network) is { } closed)
        {
            await partitions.EnsureAsync(opened, closed, cancellationToken).ConfigureAwait(false);
        }

        BatchLease lease = await run.Leases.ClaimExactlyAsync(span, replaces, cancellationToken).ConfigureAwait(false);
        run.Proofs.Announce(span);
        var batch = new StreamBatch(lease, gathered);
        gathered = [];
        gatheredBytes = 0;
        bool isSent = false;
        try
        {
            isSent = await queue.SendAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isSent) batch.Dispose();
        }
    }
}
