using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>A data store that grows while it is read.</summary>
public sealed class FollowedLedgerStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task ReadAsync_StoreGrows_GivesEveryLedgerOnceInOrder(int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 40, perObject);
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path));
        List<uint> read = [];
        Task reading = source.ReadAsync(1000, 1079, read);
        await WaitAsync(() => Volatile.Read(ref read).Count >= 40, reading);

        LedgerSamples.WriteStore(folder.Path, 1040, 40, perObject);
        await reading;

        Assert.Equal(LedgerSamples.Numbers(1000, 1079), read);
    }

    [Fact]
    public async Task ReadAsync_ObjectIsHalfWrittenWhenItIsFound_IsReadAgain()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 3);
        string last = LedgerSamples.PathOf(folder.Path, 1002);
        byte[] whole = await File.ReadAllBytesAsync(last);
        await File.WriteAllBytesAsync(last, whole[..(whole.Length / 2)]);
        var time = new HeldTime();
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path), time);
        List<uint> read = [];
        Task reading = source.ReadAsync(1000, 1002, read);
        await await Task.WhenAny(time.Paused, reading);
        Assert.Equal(LedgerSamples.Numbers(1000, 1001), read);

        await File.WriteAllBytesAsync(last, whole);
        time.Release();
        await reading;

        Assert.Equal(LedgerSamples.Numbers(1000, 1002), read);
    }

    [Fact]
    public async Task ReadAsync_StoreGrowsBetweenTheLooksForAGap_IsNoGap()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 2);
        var transport = new GrowingTransport(
            new DirectoryTransport(folder.Path), LedgerSamples.PathOf("", 1002), LedgerSamples.PathOf("", 1003),
            () => LedgerSamples.WriteStore(folder.Path, 1002, 4));
        LedgerStore store = await LedgerStore.OpenAsync(transport, null, isTransportOwned: false, Deadline.Token);
        await using var source = new FollowedLedgerStore(store, new TestClock());

        Assert.Equal(LedgerSamples.Numbers(1000, 1005), await source.ReadAsync(1000, 1005));
        Assert.True(transport.HasGrown);
    }

    [Fact]
    public async Task ReadAsync_StoreHasAGap_IsAnErrorAfterAWhile()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 4);
        File.Delete(LedgerSamples.PathOf(folder.Path, 1002));
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path), new TestClock());

        LedgersMissingException error =
            await Assert.ThrowsAsync<LedgersMissingException>(() => source.ReadAsync(1000, 1003));

        Assert.Equal((1002u, 1002u), (error.FirstMissing, error.LastMissing));
    }

    [Fact]
    public async Task ReadAsync_ObjectStaysDamaged_IsAnError()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 3);
        await File.WriteAllBytesAsync(LedgerSamples.PathOf(folder.Path, 1001), [1, 2, 3]);
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path), new TestClock());

        await Assert.ThrowsAsync<LedgerException>(() => source.ReadAsync(1000, 1002));
    }

    private static async Task WaitAsync(Func<bool> isSo, Task reading)
    {
        while (!isSo())
        {
            if (reading.IsCompleted) await reading;
            await Task.Delay(20, Deadline.Token);
        }
    }

    /// <summary>A clock whose timers are due when the test says so.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private readonly TaskCompletionSource paused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends when somebody waits for a timer.</summary>
        public Task Paused => paused.Task.WaitAsync(Deadline.Token);

        public void Release() => released.SetResult();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _ = released.Task.ContinueWith(
                _ => timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan), CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.Default);
            paused.TrySetResult();
            return timer;
        }
    }

    /// <summary>
    /// A store that grows after one object was looked for in vain and before a later one is looked for. To ask for a size reads nothing.
    /// </summary>
    private sealed class GrowingTransport(DirectoryTransport inner, string missing, string later, Action grow)
        : IArchiveTransport, IArchiveFileSizes
    {
        private readonly TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int looks;
        private int grown;

        public string Location => inner.Location;

        public bool HasGrown => Volatile.Read(ref grown) > 0;

        public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
        {
            if (path == later)
            {
                await looked.Task.WaitAsync(cancellationToken);
                if (Interlocked.Increment(ref grown) == 1) grow();
            }

            ArchiveObject? file = await inner.OpenAsync(path, offset, cancellationToken);

            // Under each of its names.
            bool isMissing = path.StartsWith(missing[..missing.IndexOf('.', StringComparison.Ordinal)], StringComparison.Ordinal);
            if (isMissing && Interlocked.Increment(ref looks) == LedgerStoreLayout.Extensions.Count) looked.TrySetResult();
            return file;
        }

        public ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
        {
            var file = new FileInfo(Path.Combine(inner.Location, path));
            return ValueTask.FromResult(file.Exists ? new ArchiveFileSize(true, file.Length) : default);
        }
    }
}
