namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Limits the number of downloads: half of the slots take the largest waiting download, half the smallest.</summary>
/// <remarks>
/// The largest bucket takes longest, so it must start at once. But the merge needs the first byte of every bucket before it returns its
/// first entry, so the many small buckets must not wait behind the large ones.
/// </remarks>
internal sealed class DownloadSlots
{
    private readonly Lock sync = new();
    private readonly List<Waiter> waiting = [];
    private readonly int slotsForLarge;
    private int freeForLarge;
    private int freeForSmall;

    /// <summary>Creates the slots.</summary>
    /// <param name="count">Number of slots, at least 1.</param>
    public DownloadSlots(int count)
    {
        slotsForLarge = (count + 1) / 2;
        freeForLarge = slotsForLarge;
        freeForSmall = count - slotsForLarge;
    }

    /// <summary>Waits for a slot.</summary>
    /// <param name="bytes">Size of the download in bytes; 0 if unknown.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The slot; dispose it when the download has ended.</returns>
    public async Task<IDisposable> EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(bytes);
        lock (sync)
        {
            if (freeForLarge > 0)
            {
                freeForLarge--;
                return new Slot(this, isForLarge: true);
            }

            if (freeForSmall > 0)
            {
                freeForSmall--;
                return new Slot(this, isForLarge: false);
            }

            waiting.Add(waiter);
        }

        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => GiveUp(waiter, cancellationToken), null);
        await using (registration.ConfigureAwait(false))
        {
            return await waiter.Entered.Task.ConfigureAwait(false);
        }
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        bool isWaiting;
        lock (sync)
            isWaiting = waiting.Remove(waiter);
        if (isWaiting)
            waiter.Entered.TrySetCanceled(cancellationToken);
    }

    private void Leave(bool isForLarge)
    {
        Waiter? next;
        lock (sync)
        {
            next = isForLarge ? waiting.MaxBy(waiter => waiter.Bytes) : waiting.MinBy(waiter => waiter.Bytes);
            if (next is null)
            {
                if (isForLarge)
                    freeForLarge++;
                else
                    freeForSmall++;
                return;
            }

            waiting.Remove(next);
        }

        next.Entered.SetResult(new Slot(this, isForLarge));
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes => bytes;

        public TaskCompletionSource<IDisposable> Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(DownloadSlots slots, bool isForLarge) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
                slots.Leave(isForLarge);
        }
    }
}
