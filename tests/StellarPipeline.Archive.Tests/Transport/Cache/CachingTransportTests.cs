using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>Reading an archive through the cache: fetched once, read while it arrives, and never wrong.</summary>
public sealed class CachingTransportTests : CacheTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(2_500_000)]
    public async Task Open_Twice_FetchesOnce(int bytes)
    {
        var bucket = TestBucket.Make(bytes);
        var archive = new FakeArchive(bucket);
        await using (CachingTransport first = Through(archive))
        {
            Assert.Equal(bucket.Stored, await first.ReadAsync(bucket.Path));
            Assert.Equal(bucket.Stored, await first.ReadAsync(bucket.Path));
            Assert.Equal(bucket.Stored.Length, first.FetchedBytes);
            Assert.Equal(
                [new BucketFetchStatus(bucket.Hash, BucketFetchStage.Done, bucket.Stored.Length, bucket.Stored.Length)], first.Status);
        }

        Assert.True(archive.IsDisposed);
        await using CachingTransport second = Through(archive);
        Assert.Equal(bucket.Stored, await second.ReadAsync(bucket.Path));
        foreach (int offset in (int[])[1, bytes / 2, bucket.Stored.Length - 1, bucket.Stored.Length, bucket.Stored.Length + 1])
            Assert.Equal(bucket.Stored[Math.Min(offset, bucket.Stored.Length)..], await second.ReadAsync(bucket.Path, offset));
        Assert.Equal(new ArchiveFileSize(true, bucket.Stored.Length), await second.FindSizeAsync(bucket.Path, Deadline.Token));
        Assert.Equal(bucket.Stored.Length, archive.BytesGiven);
        Assert.Equal(0, second.FetchedBytes);
        Assert.Equal(BucketFetchStage.Done, Assert.Single(second.Status).Stage);
        Assert.Equal(bucket.Content, await File.ReadAllBytesAsync(DataOf(bucket)).ContinueWith(stored => Decompress(stored.Result)));
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Open_BucketThatIsStoredUncompressed_IsVerifiedToo()
    {
        var bucket = TestBucket.Make();
        var archive = new FakeArchive();
        archive.Files[bucket.Path] = bucket.Content;
        await using CachingTransport transport = Through(archive);

        Assert.Equal(bucket.Content, await transport.ReadAsync(bucket.Path));
    }

    [Fact]
    public async Task Open_MissingBucket_IsNull()
    {
        await using CachingTransport transport = Through(new FakeArchive());

        Assert.Null(await transport.OpenAsync(TestBucket.Make().Path, 0, Deadline.Token));
        Assert.Equal(BucketFetchStage.Missing, Assert.Single(transport.Status).Stage);
        Assert.Equal(default, await transport.FindSizeAsync(TestBucket.Make().Path, Deadline.Token));
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Open_WhileArriving_GivesEveryByteOnceAndEndsOnlyAfterVerification()
    {
        var bucket = TestBucket.Make(500_000);
        var archive = new FakeArchive(bucket);
        var gate = new Gate(archive, 200_000);
        await using CachingTransport transport = Through(archive);

        await using ArchiveObject? early = await transport.OpenAsync(bucket.Path, 0, Deadline.Token);
        await using ArchiveObject? fromTheMiddle = await transport.OpenAsync(bucket.Path, 100_000, Deadline.Token);
        Assert.Equal(bucket.Stored.Length, early!.LengthBytes);
        Assert.Equal(bucket.Stored.Length - 100_000, fromTheMiddle!.LengthBytes);
        byte[] start = new byte[150_000];
        await early.Content.ReadExactlyAsync(start, Deadline.Token);
        await gate.Reached;
        Task<byte[]> rest = early.Content.ReadToEndAsync(777);
        Task<byte[]> second = fromTheMiddle.Content.ReadToEndAsync(100_000);
        Assert.False(rest.IsCompleted);
        Assert.Equal(BucketFetchStage.Arriving, Assert.Single(transport.Status).Stage);
        gate.Open();

        Assert.Equal(bucket.Stored, (byte[])[.. start, .. await rest]);
        Assert.Equal(bucket.Stored[100_000..], await second);
        Assert.Equal(1, archive.Opens);
        Assert.True(transport.Cache.Contains(bucket.Hash));
    }

    [Fact]
    public async Task Open_ManyReadersAtOnce_FetchesOnce()
    {
        var bucket = TestBucket.Make(300_000);
        var archive = new FakeArchive(bucket);
        await using CachingTransport transport = Through(archive);

        byte[][] read = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => transport.ReadAsync(bucket.Path))));

        Assert.All(read, content => Assert.Equal(bucket.Stored, content));
        Assert.Equal(bucket.Stored.Length, archive.BytesGiven);
    }

    [Fact]
    public async Task Open_JustWhenTheDownloadEnds_IsNeverMissing()
    {
        TestBucket[] buckets = [.. Enumerable.Range(1, 60).Select(seed => TestBucket.Make(10 + seed, seed))];
        await using CachingTransport transport = Through(new FakeArchive(buckets));

        foreach (TestBucket bucket in buckets)
        {
            byte[][] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => transport.ReadAsync(bucket.Path))));
            Assert.All(read, content => Assert.Equal(bucket.Stored, content));
        }
    }

    [Fact]
    public async Task Open_WithoutFollowing_WaitsUntilTheBucketIsVerified()
    {
        var bucket = TestBucket.Make(300_000);
        var archive = new FakeArchive(bucket);
        var gate = new Gate(archive, 100_000);
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { FollowsArrivals = false });

        Task<byte[]> read = transport.ReadAsync(bucket.Path);
        await gate.Reached;
        Assert.False(read.IsCompleted);
        gate.Open();

        Assert.Equal(bucket.Stored, await read);
    }

    [Fact]
    public async Task Open_DownloadFails_TheReaderLearnsWhyAndTheNextRunFetchesOnlyTheRest()
    {
        var bucket = TestBucket.Make(500_000);
        var archive = new FakeArchive(bucket) { MaxReadBytes = 50_000 };
        archive.BeforeRead = (_, position) => position >= 300_000 ? throw new IOException("The cable is cut.") : Task.CompletedTask;
        await using (CachingTransport failing = Through(archive))
        {
            ArchiveException error = await failing.ReadErrorAsync(bucket.Path);

            Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
            Assert.Contains("The cable is cut.", error.Message, StringComparison.Ordinal);
            Assert.Equal(BucketFetchStage.Failed, Assert.Single(failing.Status).Stage);
        }

        Assert.Equal(300_000, new FileInfo(Assert.Single(Parts())).Length);
        archive = new FakeArchive(bucket);
        await using CachingTransport transport = Through(archive);
        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.Equal(bucket.Stored.Length - 300_000 + 512, archive.BytesGiven);
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Open_TransportThrowsWhatItMayNot_IsReportedAsABug()
    {
        var bucket = TestBucket.Make();
        var archive = new FakeArchive(bucket) { BeforeRead = (_, _) => throw new InvalidOperationException("Not that.") };
        await using CachingTransport transport = Through(archive);

        ArchiveException error = await transport.ReadErrorAsync(bucket.Path);

        Assert.Equal(Dataflow.FailureKind.Internal, error.Kind);
        Assert.Contains("failed: Not that.", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(error.InnerException);
    }

    [Fact]
    public async Task Open_AgainAfterAFailure_TriesAgain()
    {
        var bucket = TestBucket.Make(500_000);
        var archive = new FakeArchive(bucket);
        int failures = 1;
        archive.BeforeRead = (_, position) => position >= 300_000 && failures-- > 0 ? throw new IOException("Once.") : Task.CompletedTask;
        await using CachingTransport transport = Through(archive);

        await transport.ReadErrorAsync(bucket.Path);

        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.Equal(bucket.Stored.Length, archive.BytesGiven - 512);
    }

    [Fact]
    public async Task Dispose_WhileArriving_StopsKeepsThePartAndFreesTheBucket()
    {
        var bucket = TestBucket.Make(500_000);
        var archive = new FakeArchive(bucket);
        var gate = new Gate(archive, 200_000);
        CachingTransport transport = Through(archive);
        await using ArchiveObject? file = await transport.OpenAsync(bucket.Path, 0, Deadline.Token);
        Task<byte[]> read = file!.Content.ReadToEndAsync();
        await gate.Reached;

        await transport.DisposeAsync();
        await transport.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(200_000, new FileInfo(Assert.Single(Parts())).Length);
        using CacheLock? free = OpenCache().TryLock(bucket.Hash);
        Assert.NotNull(free);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await transport.OpenAsync(bucket.Path, 0, Deadline.Token));
    }

    [Fact]
    public async Task Read_CancelledWhileWaiting_EndsTheReaderAndNotTheDownload()
    {
        var bucket = TestBucket.Make(300_000);
        var archive = new FakeArchive(bucket);
        var gate = new Gate(archive, 100_000);
        await using CachingTransport transport = Through(archive);
        await using ArchiveObject? file = await transport.OpenAsync(bucket.Path, 100_000, Deadline.Token);
        using var cancel = new CancellationTokenSource();

        ValueTask<int> read = file!.Content.ReadAsync(new byte[10], cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
        gate.Open();
        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.Equal(1, archive.Opens);
    }

    [Fact]
    public async Task Open_TwoCachesOnOneFolder_FetchTheBucketOnce()
    {
        var bucket = TestBucket.Make(500_000);
        var archive = new FakeArchive(bucket);
        var gate = new Gate(archive, 200_000);
        var second = new FakeArchive(bucket);
        await using CachingTransport one = Through(archive);
        await using CachingTransport other = Through(second);

        Task<byte[]> first = one.ReadAsync(bucket.Path);
        await gate.Reached;
        Task<byte[]> waiting = other.ReadAsync(bucket.Path);
        await UntilAsync(() => other.Status.SingleOrDefault().Stage == BucketFetchStage.WaitingForOtherProcess);
        gate.Open();

        Assert.Equal(bucket.Stored, await first);
        Assert.Equal(bucket.Stored, await waiting);
        Assert.Equal(0, second.BytesGiven);
        Assert.Equal(0, other.FetchedBytes);
    }

    [Fact]
    public async Task Open_TheOtherProcessDies_GoesOnWithItsPart()
    {
        var bucket = TestBucket.Make(500_000);
        var archive = new FakeArchive(bucket);
        var gate = new Gate(archive, 200_000);
        var second = new FakeArchive(bucket);
        CachingTransport dying = Through(archive);
        await using CachingTransport other = Through(second);
        Task<byte[]> lost = dying.ReadAsync(bucket.Path);
        await gate.Reached;
        Task<byte[]> waiting = other.ReadAsync(bucket.Path);

        await dying.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        Assert.Equal(bucket.Stored, await waiting);
        Assert.Equal(bucket.Stored.Length - 200_000 + 512, second.BytesGiven);
    }

    [Fact]
    public async Task Open_ByAnotherCache_IsNotRemovedWhileItIsInUse()
    {
        var bucket = TestBucket.Make();
        await FetchAsync(bucket);
        BucketCache evicting = OpenCache(new BucketCacheOptions { MaxSizeBytes = 1000 });
        await using (CachingTransport user = Through(new FakeArchive()))
        {
            Assert.NotNull(await user.OpenAsync(bucket.Path, 0, Deadline.Token));
            Assert.Equal(0, evicting.Space.Evict(1));
            Assert.Equal(bucket.Stored, await user.ReadAsync(bucket.Path));
        }

        Assert.True(evicting.Space.Evict(1) > 0);
        Assert.False(evicting.Contains(bucket.Hash));
    }

    [Theory]
    [InlineData("bucket/aa/bb/cc/bucket-x.xdr.gz")]
    [InlineData("bucket/../../etc/passwd")]
    [InlineData("ledger/00/00/00/ledger-0000003f.xdr.gz")]
    public async Task Open_AnythingElse_IsReadFromTheArchive(string path)
    {
        var archive = new FakeArchive();
        archive.Files[path] = [1, 2, 3];
        await using CachingTransport transport = Through(archive);

        Assert.Equal([1, 2, 3], await transport.ReadAsync(path));
        Assert.Equal([1, 2, 3], await transport.ReadAsync(path));
        Assert.Equal(2, archive.Opens);
        Assert.Equal(new ArchiveFileSize(true, 3), await transport.FindSizeAsync(path, Deadline.Token));
    }

    [Fact]
    public async Task Open_WhileBytesOfAnotherAreBeingWritten_CountsThemOnce()
    {
        TestBucket[] buckets = [TestBucket.Make(seed: 1), TestBucket.Make(seed: 2)];
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volume.OnWritten = () =>
        {
            written.TrySetResult();
            return goOn.Task;
        };
        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = buckets.Sum(bucket => bucket.Stored.Length) });
        await using CachingTransport transport = Through(new FakeArchive(buckets), cache: cache);
        Task<byte[]> first = transport.ReadAsync(buckets[0].Path);
        await written.Task.WaitAsync(Deadline.Token);
        Volume.OnWritten = null;

        byte[] second = await transport.ReadAsync(buckets[1].Path);
        goOn.SetResult();

        Assert.Equal(buckets[1].Stored, second);
        Assert.Equal(buckets[0].Stored, await first);
    }

    [Fact]
    public async Task Create_OptionsOutOfBounds_NamesAllOfThem()
    {
        ArchiveException error = await ErrorOfAsync(
            async () => await Through(new FakeArchive(), new CachingTransportOptions { Downloads = 0, Scope = "../x" }).DisposeAsync());

        Assert.Contains("Downloads is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("Scope is \"../x\"", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Decompress(byte[] stored)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(stored), System.IO.Compression.CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }
}
