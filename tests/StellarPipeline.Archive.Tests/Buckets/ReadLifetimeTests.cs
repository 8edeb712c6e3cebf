using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Tests.Buckets;

/// <summary>How a read ends: nothing runs on, all memory comes back, the first real error is the one that is told.</summary>
public sealed class ReadLifetimeTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly ArchiveReadOptions Small = new() { WindowBytes = 256, WindowsPerBucket = 1, ChunkBytes = 300 };

    private readonly TestArchive archive =
        TestArchive.OfBuckets(ManyAccounts.Make(0, 40), ManyAccounts.Make(1, 300), null, ManyAccounts.Make(2, 2_000));

    public void Dispose() => archive.Dispose();

    [Fact]
    public async Task Read_CancelledInTheMiddle_EndsWithEveryStreamClosedAndAllMemoryBack()
    {
        var pool = new CountingPool();
        var transport = new WatchedTransport(archive.Folder);
        using var cancellation = new CancellationTokenSource();
        CheckpointEntrySource source = await SourceAsync(transport, pool);
        int chunks = 0;

        OperationCanceledException error =
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.ReadAsync(Emit, cancellation.Token).WaitAsync(Deadline));

        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.InRange(chunks, 5, 6);
        AssertNothingLeft(pool, transport);

        async ValueTask Emit(EntryChunk chunk, CancellationToken token)
        {
            chunk.Dispose();
            if (++chunks == 5)
                await cancellation.CancelAsync();
        }
    }

    [Fact]
    public async Task Read_CancelledWhileTheConsumerWaits_Ends()
    {
        var pool = new CountingPool();
        var transport = new WatchedTransport(archive.Folder);
        using var cancellation = new CancellationTokenSource();
        CheckpointEntrySource source = await SourceAsync(transport, pool);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.ReadAsync(Emit, cancellation.Token).WaitAsync(Deadline));

        AssertNothingLeft(pool, transport);

        async ValueTask Emit(EntryChunk chunk, CancellationToken token)
        {
            chunk.Dispose();
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        }
    }

    [Fact]
    public async Task IsReading_IsTrueWhileTheArchiveIsWaitedForAndFalseWhileTheConsumerIs()
    {
        var transport = new HeldTransport(new DirectoryTransport(archive.Folder));
        CheckpointEntrySource source = await SourceAsync(transport, new CountingPool());
        var emitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        transport.Hold();
        Task read = source.ReadAsync(Emit, CancellationToken.None);
        await transport.Held.WaitAsync(Deadline);
        Assert.True(source.IsReading);

        transport.Release();
        await emitted.Task.WaitAsync(Deadline);
        using var deadline = new CancellationTokenSource(Deadline);
        while (source.IsReading)
            await Task.Delay(1, deadline.Token);
        goOn.SetResult();
        await read.WaitAsync(Deadline);
        Assert.False(source.IsReading);

        async ValueTask Emit(EntryChunk chunk, CancellationToken token)
        {
            chunk.Dispose();
            emitted.TrySetResult();
            await goOn.Task;
        }
    }

    [Fact]
    public async Task Read_CancelledBefore_ReadsNothing()
    {
        var pool = new CountingPool();
        var transport = new WatchedTransport(archive.Folder);
        CheckpointEntrySource source = await SourceAsync(transport, pool);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => source.ReadAsync((_, _) => throw new InvalidOperationException(), new CancellationToken(true)));

        AssertNothingLeft(pool, transport);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Read_ConsumerFails_ItsErrorIsTheOneTold(int failingChunk)
    {
        var pool = new CountingPool();
        var transport = new WatchedTransport(archive.Folder);
        CheckpointEntrySource source = await SourceAsync(transport, pool);
        int chunks = 0;

        TimeZoneNotFoundException error =
            await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => source.ReadAsync(Emit, CancellationToken.None).WaitAsync(Deadline));

        Assert.Equal("mine", error.Message);
        AssertNothingLeft(pool, transport);

        ValueTask Emit(EntryChunk chunk, CancellationToken token)
        {
            chunk.Dispose();
            return ++chunks == failingChunk ? throw new TimeZoneNotFoundException("mine") : ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task Read_ConsumerThrowsAForeignCancellation_Fails()
    {
        CheckpointEntrySource source = await SourceAsync(new WatchedTransport(archive.Folder), new CountingPool());

        await Assert.ThrowsAsync<TaskCanceledException>(() => source.ReadAsync(Emit, CancellationToken.None).WaitAsync(Deadline));

        static ValueTask Emit(EntryChunk chunk, CancellationToken token)
        {
            chunk.Dispose();
            throw new TaskCanceledException("some other time-out");
        }
    }

    [Fact]
    public async Task Read_OneStreamFailsWhileOthersWait_StopsThemAll()
    {
        var pool = new CountingPool();
        string failing = Path.GetFileName(archive.Written.PathOf(archive.Written.Bucket(1, isSnap: true)));
        var transport =
            new WatchedTransport(archive.Folder, path => path.EndsWith(failing, StringComparison.Ordinal) ? 5_000 : int.MaxValue);
        CheckpointEntrySource source = await SourceAsync(transport, pool);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => EntryReading.ReadAllAsync(source).WaitAsync(Deadline));

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Contains(failing, error.Message, StringComparison.Ordinal);
        AssertNothingLeft(pool, transport);
    }

    [Fact]
    public async Task Read_TransportTimesOut_FailsInsteadOfWaitingForever()
    {
        var pool = new CountingPool();
        var transport = new WatchedTransport(archive.Folder, opening: path =>
        {
            if (path.StartsWith("bucket", StringComparison.Ordinal))
                throw new TaskCanceledException("time-out");
        });
        CheckpointEntrySource source = await SourceAsync(transport, pool);

        await Assert.ThrowsAsync<TaskCanceledException>(() => EntryReading.ReadAllAsync(source).WaitAsync(Deadline));

        AssertNothingLeft(pool, transport);
    }

    [Fact]
    public async Task Read_Repeatedly_NeverHangsOrLeaks()
    {
        for (int run = 0; run < 60; run++)
        {
            var pool = new CountingPool();
            var transport = new WatchedTransport(archive.Folder);
            CheckpointEntrySource source = await SourceAsync(transport, pool);
            Assert.Equal(2_000, (await EntryReading.ReadAllAsync(source).WaitAsync(Deadline)).Count);
            AssertNothingLeft(pool, transport);
        }
    }

    [Fact]
    public async Task Read_ASecondTime_IsRefused()
    {
        CheckpointEntrySource source = await SourceAsync(new WatchedTransport(archive.Folder), new CountingPool());
        await EntryReading.ReadAllAsync(source);

        await Assert.ThrowsAsync<InvalidOperationException>(() => EntryReading.ReadAllAsync(source));
    }

    [Fact]
    public async Task Read_ConsumerThatStops_HoldsNoMoreThanTheBoundedWindows()
    {
        var pool = new CountingPool();
        CheckpointEntrySource source = await SourceAsync(new WatchedTransport(archive.Folder), pool);
        var reached = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        int largest = 0;

        Task read = source.ReadAsync(Emit, CancellationToken.None);
        await reached.Task.WaitAsync(Deadline);
        largest = pool.Outstanding;
        release.SetResult();
        await read.WaitAsync(Deadline);

        // For each of 3 buckets: the input buffer, a window being filled, one waiting to be sent, one in the queue, the reader's, the copy
        // of a key.
        // And one chunk.
        Assert.InRange(largest, 1, (3 * 6) + 1);
        Assert.Equal(0, pool.Outstanding);

        async ValueTask Emit(EntryChunk chunk, CancellationToken token)
        {
            if (reached.TrySetResult())
                await release.Task;
            chunk.Dispose();
        }
    }

    [Fact]
    public async Task Chunk_DisposedTwice_GivesItsMemoryBackOnceAndCanNotBeReadAgain()
    {
        var pool = new CountingPool();
        CheckpointEntrySource source = await SourceAsync(new WatchedTransport(archive.Folder), pool);

        await source.ReadAsync(
            (chunk, _) =>
            {
                chunk.Dispose();
                chunk.Dispose();
                Assert.Throws<ObjectDisposedException>(() => chunk.GetEnumerator());
                return ValueTask.CompletedTask;
            },
            CancellationToken.None);

        Assert.Equal(0, pool.Outstanding);
    }

    private static async Task<CheckpointEntrySource> SourceAsync(IArchiveTransport transport, CountingPool pool)
    {
        var opened = new HistoryArchive(transport);
        return CheckpointEntrySource.Create(opened, await opened.OpenCheckpointAsync(63), Small, pool);
    }

    private static void AssertNothingLeft(CountingPool pool, WatchedTransport transport)
    {
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, transport.Open);
    }

    /// <summary>A folder whose files can be held back.</summary>
    private sealed class HeldTransport(DirectoryTransport inner) : IArchiveTransport
    {
        private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool holds;

        public string Location => inner.Location;

        public Task Held => held.Task;

        public void Hold() => holds = true;

        public void Release() => released.SetResult();

        public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
        {
            if (holds)
            {
                held.TrySetResult();
                await released.Task.WaitAsync(cancellationToken);
            }

            return await inner.OpenAsync(path, offset, cancellationToken);
        }
    }
}
