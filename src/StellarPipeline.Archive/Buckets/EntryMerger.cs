using System.Buffers;
using System.Diagnostics;

namespace StellarPipeline.Archive.Buckets;

/// <summary>
/// Merges the buckets of a live list into live entries in key order: the newest version of every key, without keys whose newest version is
/// DEAD.
/// </summary>
/// <remarks>
/// Input: one reader per bucket, newest first. Output: chunks of live entries. The loop is synchronous while windows are available; it
/// awaits only a bucket's next window, or the hand-over of a chunk.
/// The readers are kept in a list sorted by key, then by age. For at most 21 readers a sorted list is faster than a heap, and its second
/// place matters here: one bucket is far larger than the rest, so the first reader usually stays first, which one comparison with the
/// second shows. Failure: besides the errors of the readers, a record that says "created" over an older version that exists (CAP-20, code
/// LIFECYCLE), and a malformed overridden record, which no other code decodes.
/// </remarks>
internal sealed class EntryMerger : IDisposable
{
    /// <summary>
    /// From this protocol on, INIT has the meaning of CAP-20 in every bucket: older merges could lose records to shadows.
    /// </summary>
    private const uint LifecycleProtocol = 12;

    private readonly BucketReader[] readers;

    // Indexes of the readers, smallest key first. Indexes and not references, because they move for most records: moving references would
    // go through the garbage collector's write barrier.
    private readonly int[] order;
    private readonly ArrayPool<byte> pool;
    private readonly int chunkBytes;
    private readonly MergeClock clock;
    private int started;
    private int active;
    private int stale = -1;
    private BucketReader? waitingFor;
    private EntryChunk? chunk;
    private long chunks;

    // The next newer record of the key whose overridden versions are being skipped.
    private bool inGroup;
    private BucketArm newerArm;
    private uint newerProtocol;
    private int newerIndex;

    /// <summary>Creates a merge.</summary>
    /// <param name="readers">One reader per bucket, newest first, each positioned before its first record.</param>
    /// <param name="options">Buffer sizes.</param>
    /// <param name="pool">Pool for the chunks.</param>
    /// <param name="clock">Measures the waits.</param>
    public EntryMerger(BucketReader[] readers, ArchiveReadOptions options, ArrayPool<byte> pool, MergeClock clock)
    {
        this.readers = readers;
        this.pool = pool;
        this.clock = clock;
        chunkBytes = options.ChunkBytes;
        order = new int[readers.Length];
    }

    /// <summary>Merges all buckets to their ends.</summary>
    /// <param name="emit">Receives each chunk and must dispose it.</param>
    /// <param name="cancellationToken">Cancels the merge.</param>
    public async Task RunAsync(Func<EntryChunk, CancellationToken, ValueTask> emit, CancellationToken cancellationToken)
    {
        MergeStep step;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            step = Step();
            if (step == MergeStep.WindowNeeded)
            {
                long before = Stopwatch.GetTimestamp();
                await waitingFor!.WaitAsync(cancellationToken).ConfigureAwait(false);
                clock.AddInputWait(Stopwatch.GetElapsedTime(before));
            }
            else if (chunk is { EntryCount: > 0 } full)
            {
                chunk = null;
                long before = Stopwatch.GetTimestamp();
                await emit(full, cancellationToken).ConfigureAwait(false);
                clock.AddOutputWait(Stopwatch.GetElapsedTime(before));
            }
        }
        while (step != MergeStep.Finished);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        chunk?.Dispose();
        chunk = null;
    }

    private MergeStep Step()
    {
        if (!StartReaders() || !RefreshStale())
            return MergeStep.WindowNeeded;
        while (active > 0)
        {
            BucketReader first = readers[order[0]];
            if (active > 1)
            {
                int comparison = first.CompareKeyTo(readers[order[1]]);
                if (comparison > 0 || (comparison == 0 && order[0] > order[1]))
                {
                    Place(0);
                    continue;
                }

                if (comparison == 0)
                {
                    Override(readers[order[1]], first);
                    if (!Advance(1))
                        return MergeStep.WindowNeeded;
                    continue;
                }
            }

            if (first.Arm == BucketArm.Dead)
                first.Counters.CountTombstone();
            else if (!Append(first))
                return MergeStep.ChunkFull;
            inGroup = false;
            if (!Advance(0))
                return MergeStep.WindowNeeded;
        }

        return MergeStep.Finished;
    }

    private bool StartReaders()
    {
        for (; started < readers.Length; started++)
        {
            BucketReader reader = readers[started];
            switch (reader.Advance())
            {
                case CursorState.WindowNeeded:
                    waitingFor = reader;
                    return false;
                case CursorState.Record:
                    order[active++] = started;
                    Insert(active - 1);
                    break;
            }
        }

        return true;
    }

    private bool RefreshStale() => stale < 0 || Advance(stale);

    // Advances the reader at a position of the list. The first position is not re-sorted here: the loop compares it with the second anyway.
    private bool Advance(int place)
    {
        BucketReader reader = readers[order[place]];
        switch (reader.Advance())
        {
            case CursorState.WindowNeeded:
                stale = place;
                waitingFor = reader;
                return false;
            case CursorState.End:
                active--;
                order.AsSpan(place + 1, active - place).CopyTo(order.AsSpan(place));
                break;
            default:
                if (place > 0)
                    Place(place);
                break;
        }

        stale = -1;
        return true;
    }

    // Moves the reader at a position, whose key has grown, to its new position.
    private void Place(int place)
    {
        int moved = order[place];
        BucketReader reader = readers[moved];
        int low = place + 1;
        int high = active;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (IsAfter(reader, moved, order[middle]))
                low = middle + 1;
            else
                high = middle;
        }

        order.AsSpan(place + 1, low - place - 1).CopyTo(order.AsSpan(place));
        order[low - 1] = moved;
    }

    // Inserts the last reader of the list, just added, among the readers before it.
    private void Insert(int place)
    {
        int added = order[place];
        BucketReader reader = readers[added];
        for (; place > 0 && !IsAfter(reader, added, order[place - 1]); place--)
            order[place] = order[place - 1];
        order[place] = added;
    }

    // Compares by key; of equal keys the newer bucket, which has the lower index, comes first.
    private bool IsAfter(BucketReader reader, int index, int other)
    {
        int comparison = reader.CompareKeyTo(readers[other]);
        return comparison > 0 || (comparison == 0 && index > other);
    }

    private bool Append(BucketReader reader)
    {
        if (chunk is null)
        {
            chunk = new EntryChunk(pool, Math.Max(chunkBytes, EntryChunk.SpaceFor(reader.EntryBytes)), chunks);
            chunks++;
        }

        if (!chunk.HasRoomFor(reader.EntryBytes))
            return false;
        chunk.Append(reader.Entry, reader.Index, reader.RecordOffset);
        return true;
    }

    private void Override(BucketReader older, BucketReader newest)
    {
        if (!inGroup)
        {
            newerArm = newest.Arm;
            newerProtocol = newest.Protocol;
            newerIndex = newest.Index;
            inGroup = true;
        }

        if (newerArm == BucketArm.Init && older.Arm != BucketArm.Dead && newerProtocol >= LifecycleProtocol
            && older.Protocol >= LifecycleProtocol)
        {
            ArchiveThrow.Lifecycle(older.Place, older.KeyType, readers[newerIndex].Bucket);
        }

        LedgerEntryCheck.Require(older);
        older.Counters.CountShadowed();
        newerArm = older.Arm;
        newerProtocol = older.Protocol;
        newerIndex = older.Index;
    }
}
