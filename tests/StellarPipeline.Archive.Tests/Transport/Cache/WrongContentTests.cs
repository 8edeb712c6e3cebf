using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>Bytes that are not those of the bucket, from the network, from an earlier run and from the disk: none gets through.</summary>
public sealed class WrongContentTests : CacheTest
{
    private static readonly TestBucket Bucket = TestBucket.Make(500_000);

    [Fact]
    public async Task Open_EveryCopyHasAnotherHash_FailsAfterASecondTryAndKeepsNothing()
    {
        var archive = new FakeArchive();
        archive.Files[Bucket.Path] = TestBucket.Make(500_000, seed: 2).Stored;
        await using CachingTransport transport = Through(archive);

        ArchiveException error = await transport.ReadErrorAsync(Bucket.Path);
        await UntilAsync(() => transport.Status.Single().Stage == BucketFetchStage.Failed);

        Assert.Contains(error.Code, (string[])[ArchiveErrorCode.BucketHash, CacheErrorCode.Replaced]);
        Assert.False(transport.Cache.Contains(Bucket.Hash));
        Assert.Equal(new BucketCacheContent(0, 0, 0, 0), transport.Cache.Measure());
        Assert.True(transport.WrongCopies >= 2);
    }

    [Fact]
    public async Task Open_EveryCopyWrongWithoutFollowing_SaysSo()
    {
        var archive = new FakeArchive();
        archive.Files[Bucket.Path] = TestBucket.Make(500_000, seed: 2).Stored;
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { FollowsArrivals = false });

        ArchiveException error = await transport.ReadErrorAsync(Bucket.Path);

        Assert.Equal(ArchiveErrorCode.BucketHash, error.Code);
        Assert.Contains(
            $"{Path.GetFileName(Bucket.Path)} was fetched 2 times from https://archive.example/, and every copy was wrong. The last one: "
                + $"The uncompressed content of", error.Message, StringComparison.Ordinal);
        Assert.Contains($"500,000 bytes, has SHA-256 {TestBucket.Make(500_000, seed: 2).Hash}; its name requires {Bucket.Hash}",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(2, archive.Opens);
    }

    [Theory]
    [InlineData(true, ArchiveErrorCode.GzipTruncated)]
    [InlineData(false, ArchiveErrorCode.GzipTrailing)]
    public async Task Open_WrongLength_IsNoticed(bool isShort, string code)
    {
        var archive = new FakeArchive();
        archive.Files[Bucket.Path] = isShort ? Bucket.Stored[..400_000] : [.. Bucket.Stored, 1, 2, 3];
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { FollowsArrivals = false });

        ArchiveException error = await transport.ReadErrorAsync(Bucket.Path);

        Assert.Equal(code, error.Code);
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Open_TheSecondCopyIsRight_GivesIt()
    {
        var archive = new FakeArchive();
        archive.Files[Bucket.Path] = [.. Bucket.Stored];
        archive.Files[Bucket.Path][250_000] ^= 1;
        await using CachingTransport transport =
            Through(new TwoCopies(archive, new FakeArchive(Bucket)), new CachingTransportOptions { FollowsArrivals = false });

        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(1, transport.WrongCopies);
    }

    [Fact]
    public async Task Read_OfACopyThatIsReplaced_FailsUnlessNothingWasReadYet()
    {
        var wrong = new FakeArchive();
        wrong.Files[Bucket.Path] = [.. Bucket.Stored];
        wrong.Files[Bucket.Path][^20] ^= 1;
        var gate = new Gate(wrong, 300_000);
        await using CachingTransport transport = Through(new TwoCopies(wrong, new FakeArchive(Bucket)));
        await using ArchiveObject? reader = await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await using ArchiveObject? latecomer = await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await reader!.Content.ReadExactlyAsync(new byte[1000], Deadline.Token);
        await gate.Reached;
        gate.Open();
        await UntilAsync(() => transport.Cache.Contains(Bucket.Hash));

        ArchiveException error = await ErrorOfAsync(() => reader.Content.ReadToEndAsync());

        Assert.Equal(CacheErrorCode.Replaced, error.Code);
        Assert.Contains(
            "was wrong, after 1,000 of its stored bytes had been read while it arrived. A copy from another location replaces it: run "
                + "again.",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(Bucket.Stored, await latecomer!.Content.ReadToEndAsync());
        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(1, transport.WrongCopies);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Read_OfAWrongCopyAfterWhichTheArchiveHasNone_SaysSoAndDoesNotWait(int readBefore)
    {
        var archive = new FakeArchive();
        archive.Files[Bucket.Path] = TestBucket.Make(500_000, seed: 2).Stored;
        var gate = new Gate(archive, 300_000);
        await using CachingTransport transport = Through(archive);
        await using ArchiveObject? reader = await transport.OpenAsync(Bucket.Path, 0, Deadline.Token);
        await reader!.Content.ReadExactlyAsync(new byte[readBefore], Deadline.Token);
        await gate.Reached;
        archive.Files.Clear();
        gate.Open();
        await UntilAsync(() => transport.Status.Single().Stage == BucketFetchStage.Missing);

        ArchiveException error = await ErrorOfAsync(() => reader.Content.ReadToEndAsync());

        Assert.Equal(ArchiveErrorCode.BucketMissing, error.Code);
        Assert.Contains(
            $"A copy of {Bucket.Path} began to arrive but could not be used, and the archive no longer had the file when "
                + $"asked again.", error.Message, StringComparison.Ordinal);
        Assert.Null(await transport.OpenAsync(Bucket.Path, 0, Deadline.Token));
    }

    [Fact]
    public async Task Open_FileChangedWhileFetched_IsFetchedFromItsStart()
    {
        var archive = new FakeArchive(Bucket);
        int changes = 2;
        archive.BeforeRead = (_, position) => position >= 100_000 && changes-- > 0
            ? throw HttpThrow.MustBeWhole("https://archive.example/", position, HttpThrow.EndedEarly("x", 2, 1))
            : Task.CompletedTask;
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { FollowsArrivals = false });

        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(3, archive.Opens);
        Assert.Equal(0, transport.WrongCopies);
    }

    [Fact]
    public async Task Open_MoreThanTheLargestBucket_IsRefused()
    {
        BucketCache cache = OpenCache(new BucketCacheOptions { MaxBucketBytes = 400_000 });
        var bomb = new FakeArchive();
        bomb.Files[Bucket.Path] = TestBucket.Compress(new byte[10_000_000]);
        await using CachingTransport large =
            Through(new FakeArchive(Bucket), new CachingTransportOptions { FollowsArrivals = false }, cache);
        await using CachingTransport small = Through(bomb, new CachingTransportOptions { FollowsArrivals = false }, cache);

        foreach (CachingTransport transport in (CachingTransport[])[large, small])
        {
            ArchiveException error = await transport.ReadErrorAsync(Bucket.Path);
            Assert.Equal(ArchiveErrorCode.SizeLimit, error.Code);
            Assert.Contains("has more than 400,000 uncompressed bytes", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300_000)]
    public async Task Open_AnnouncedSizeLargerThanTheLargestBucket_IsRefusedBeforeRoomIsMade(int partBytes)
    {
        var idle = TestBucket.Make(seed: 2);
        await FetchAsync(idle);
        if (partBytes > 0)
            LeavePart(Bucket, Bucket.Stored[..partBytes]);
        var archive = new FakeArchive(Bucket) { AnnouncedBytes = long.MaxValue };
        await using CachingTransport transport = Through(archive);

        ArchiveException opened = await transport.ReadErrorAsync(Bucket.Path);
        ArchiveException planned = await ErrorOfAsync(() => new BucketPrefetcher(transport).PlanAsync([Bucket.Reference], Deadline.Token));

        Assert.Equal(ArchiveErrorCode.SizeLimit, opened.Code);
        Assert.Equal(ArchiveErrorCode.SizeLimit, planned.Code);
        Assert.Contains("has more than 107,374,182,400 uncompressed bytes", planned.Message, StringComparison.Ordinal);
        Assert.Equal(partBytes > 0 ? 512 : 0, archive.BytesGiven);
        Assert.True(transport.Cache.Contains(idle.Hash));
        Assert.Empty(Parts());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fetch_OneMirrorAnnouncesASizeThatCannotBeOrGivesNothing_TheOtherOneGivesTheBucket(bool announces)
    {
        var bad = new FakeArchive(Bucket) { Location = "https://bad.example/", AnnouncedBytes = announces ? long.MaxValue : null };
        if (!announces)
            bad.Files[Bucket.Path] = [];
        var good = new FakeArchive(Bucket) { Location = "https://good.example/" };
        await using CachingTransport transport =
            Through(new MirrorTransport([bad, good], new MirrorTransportOptions(), new TestClock(), new Random(1)));
        var prefetcher = new BucketPrefetcher(transport);

        await prefetcher.FetchAsync(await prefetcher.PlanAsync([Bucket.Reference], Deadline.Token), Deadline.Token);

        Assert.True(transport.Cache.Contains(Bucket.Hash));
        Assert.InRange(bad.Opens, 1, 2);
        Assert.InRange(transport.WrongCopies, 0, 1);
    }

    [Fact]
    public async Task FindStoredBytes_AnnouncedSizesBeyondEveryNumber_AreTheLargestOne()
    {
        var archive = new FakeArchive(Bucket, TestBucket.Make(seed: 2)) { AnnouncedBytes = long.MaxValue };
        BucketReference[] buckets = [Bucket.Reference, TestBucket.Make(seed: 2).Reference];

        Assert.Equal(
            long.MaxValue, await new HistoryArchive(archive, new HistoryArchiveOptions()).FindStoredBytesAsync(buckets, Deadline.Token));
        Assert.Equal(long.MaxValue, new BucketFetchPlan(
            [], 0, [.. buckets.Select(bucket => KeyValuePair.Create(bucket.Hash, (long?)long.MaxValue))], 0).MissingBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(300_000)]
    [InlineData(-1)]
    [InlineData(0)]
    public async Task Open_PartOfADeadProcess_FetchesOnlyTheRest(int bytes)
    {
        int length = bytes > 0 ? bytes : Bucket.Stored.Length + bytes;
        LeavePart(Bucket, Bucket.Stored[..length]);
        LeavePart(Bucket, Bucket.Stored[..(length / 2)]);
        var archive = new FakeArchive(Bucket);
        await using CachingTransport transport = Through(archive);

        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(Bucket.Stored.Length - length + Math.Min(length, 512), archive.BytesGiven);
        Assert.Empty(Parts());
    }

    [Theory]
    [InlineData("damaged inside")]
    [InlineData("damaged at its end")]
    [InlineData("stored otherwise")]
    [InlineData("too long")]
    public async Task Open_PartThatDoesNotFit_FetchesAll(string problem)
    {
        byte[] part = problem == "stored otherwise" ? TestBucket.MakeOtherwiseStored(500_000).Stored[..300_000] : Bucket.Stored[..300_000];
        if (problem == "damaged inside")
            part[150_000] ^= 1;
        if (problem == "damaged at its end")
            part[^1] ^= 1;
        LeavePart(Bucket, problem == "too long" ? [.. Bucket.Stored, .. part] : part);
        var archive = new FakeArchive(Bucket);
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { FollowsArrivals = false });

        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(0, transport.WrongCopies);
        Assert.True(archive.BytesGiven >= Bucket.Stored.Length);
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Open_PartOfABucketThatIsGone_IsNull()
    {
        LeavePart(Bucket, Bucket.Stored[..300_000]);
        await using CachingTransport transport = Through(new FakeArchive());

        Assert.Null(await transport.OpenAsync(Bucket.Path, 0, Deadline.Token));
    }

    [Fact]
    public async Task Open_WholeFileWithoutProof_IsVerifiedAndNotFetched()
    {
        await File.WriteAllBytesAsync(DataOf(Bucket), TestBucket.MakeOtherwiseStored(500_000).Stored);
        var archive = new FakeArchive(Bucket);
        await using CachingTransport transport = Through(archive);

        Assert.Equal(TestBucket.MakeOtherwiseStored(500_000).Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(0, archive.Opens);
        Assert.True(transport.Cache.Contains(Bucket.Hash));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WrongFileWithoutProof_IsFetched(bool isCut)
    {
        byte[] file = isCut ? Bucket.Stored[..300_000] : [.. Bucket.Stored];
        file[1000] ^= (byte)(isCut ? 0 : 1);
        await File.WriteAllBytesAsync(DataOf(Bucket), file);
        var archive = new FakeArchive(Bucket);
        await using CachingTransport transport = Through(archive);

        Assert.Equal(Bucket.Stored, await transport.ReadAsync(Bucket.Path));
        Assert.Equal(isCut ? Bucket.Stored.Length - 300_000 + 512 : Bucket.Stored.Length, archive.BytesGiven);
    }

    [Fact]
    public async Task Read_CachedFileThatChanged_FailsBeforeTheChangeAndIsFetchedAgain()
    {
        var large = TestBucket.Make(2_500_000);
        await FetchAsync(large);
        await using (FileStream file = File.OpenWrite(DataOf(large)))
        {
            file.Position = 1_500_000;
            file.WriteByte((byte)(large.Stored[1_500_000] ^ 1));
        }

        var archive = new FakeArchive(large);
        await using CachingTransport transport = Through(archive);
        await using ArchiveObject? read = await transport.OpenAsync(large.Path, 0, Deadline.Token);
        byte[] start = new byte[BucketProof.BlockBytes];
        await read!.Content.ReadExactlyAsync(start, Deadline.Token);
        ArchiveException error = await ErrorOfAsync(() => read.Content.ReadExactlyAsync(new byte[1], Deadline.Token).AsTask());

        Assert.Equal(large.Stored[..BucketProof.BlockBytes], start);
        Assert.Equal(CacheErrorCode.Damaged, error.Code);
        Assert.Contains("changed since it was verified, in the block at byte 1,048,576", error.Message, StringComparison.Ordinal);
        Assert.Equal(large.Stored, await transport.ReadAsync(large.Path));
        Assert.Equal(large.Stored.Length, archive.BytesGiven);
    }

    [Fact]
    public async Task Read_FileThatIsCutWhileItArrives_IsNoticed()
    {
        var archive = new FakeArchive(Bucket);
        var gate = new Gate(archive, 300_000);
        await using CachingTransport transport = Through(archive);
        await using ArchiveObject? read = await transport.OpenAsync(Bucket.Path, 250_000, Deadline.Token);
        await gate.Reached;
        await using (var file = new FileStream(Assert.Single(Parts()), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(100_000);

        ArchiveException error = await ErrorOfAsync(() => read!.Content.ReadExactlyAsync(new byte[1000], Deadline.Token).AsTask());

        Assert.Equal(CacheErrorCode.Damaged, error.Code);
    }

    /// <summary>Gives from the first archive until that was reported wrong.</summary>
    private sealed class TwoCopies(FakeArchive first, FakeArchive second) : IArchiveTransport, IArchiveFeedback
    {
        private bool isFirstWrong;

        public string Location => first.Location;

        public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
            (isFirstWrong ? second : first).OpenAsync(path, offset, cancellationToken);

        public bool ReportWrongContent(string path, ArchiveObject source)
        {
            bool mayHelp = !isFirstWrong;
            isFirstWrong = true;
            return mayHelp;
        }
    }
}
