using System.Globalization;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>The folder of buckets: where it is, what is in it, what goes.</summary>
public sealed class BucketCacheTests : CacheTest
{
    private static readonly Hash256 Unknown = Hash256.Of("in no archive"u8);

    [SkippableFact]
    public void DefaultFolder_ByTheVariablesThatAreSet_FollowsTheXdgRules()
    {
        Skip.If(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "These are the rules of other systems.");

        Assert.Equal("/c/program/buckets", Of("/c", "/home/me"));
        Assert.Equal("/home/me/.cache/program/buckets", Of(null, "/home/me"));
        Assert.Equal("/home/me/.cache/program/buckets", Of("relative", "/home/me"));
        ArchiveException error = Assert.Throws<ArchiveException>(() => Of(null, null));
        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Contains("neither XDG_CACHE_HOME nor HOME is set", error.Message, StringComparison.Ordinal);

        static string Of(string? xdg, string? home) =>
            BucketCache.DefaultFolderOf("program", name => name == "HOME" ? home : name == "XDG_CACHE_HOME" ? xdg : null);
    }

    [Fact]
    public void Open_FolderThatIsAFile_IsAUsageError()
    {
        string file = Path.Combine(Folder, "file");
        File.WriteAllText(file, "");

        ArchiveException error = Assert.Throws<ArchiveException>(() => BucketCache.Open(file));

        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains($"The cache folder {file} cannot be used: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OptionsOutOfBounds_NamesAllOfThem()
    {
        ArchiveException error = Assert.Throws<ArchiveException>(
            () => BucketCache.Open(Folder, new BucketCacheOptions { MaxSizeBytes = 0, LeftoverAge = TimeSpan.FromDays(366) }));

        Assert.Contains("MaxSizeBytes is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("LeftoverAge is 366.00:00:00; it must be 00:00:00 to 365.00:00:00", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contains_ProofMissingDamagedOrOfAnotherSize_IsFalse()
    {
        var bucket = TestBucket.Make();
        await FetchAsync(bucket);
        BucketCache cache = OpenCache();
        byte[] proof = await File.ReadAllBytesAsync(ProofOf(bucket));

        Assert.True(cache.Contains(bucket.Hash));
        Assert.False(cache.Contains(TestBucket.Make(seed: 2).Hash));
        proof[30] ^= 1;
        await File.WriteAllBytesAsync(ProofOf(bucket), proof);
        Assert.False(cache.Contains(bucket.Hash));
        proof[30] ^= 1;
        await File.WriteAllBytesAsync(ProofOf(bucket), proof);
        Assert.True(cache.Contains(bucket.Hash));
        await File.AppendAllTextAsync(DataOf(bucket), "x");
        Assert.False(cache.Contains(bucket.Hash));
        File.Delete(DataOf(bucket));
        Assert.False(cache.Contains(bucket.Hash));
    }

    [Fact]
    public async Task Open_LeftoversOfDeadProcesses_RemovesOldOnesAndKeepsWhatIsInUse()
    {
        var whole = TestBucket.Make(seed: 1);
        var old = TestBucket.Make(seed: 2);
        var inUse = TestBucket.Make(seed: 3);
        await FetchAsync(whole);
        LeavePart(whole, [1, 2, 3]);
        LeavePart(old, [1, 2]);
        LeavePart(inUse, [1]);
        await File.WriteAllBytesAsync(ProofOf(old), [1]);
        await File.WriteAllTextAsync(Path.Combine(Folder, "bucket-not-a-hash.part"), "");
        foreach (string part in Parts())
            File.SetLastWriteTimeUtc(part, DateTime.UtcNow.AddDays(-8));
        LeavePart(old, [1, 2, 3]);
        using CacheLock? held = OpenCacheLock(inUse);

        BucketCache cache = OpenCache();

        Assert.Equal(new BucketCacheContent(1, whole.Stored.Length, 2, 4), cache.Measure());
        Assert.True(cache.Contains(whole.Hash));
        Assert.False(File.Exists(ProofOf(old)));
        Assert.True(File.Exists(Path.Combine(Folder, "bucket-not-a-hash.part")));
    }

    [Fact]
    public async Task Reserve_OverTheBound_RemovesWhatWasUsedLongestAgo()
    {
        TestBucket[] buckets = [.. Enumerable.Range(1, 4).Select(seed => TestBucket.Make(100_000, seed))];
        foreach (TestBucket bucket in buckets)
            await FetchAsync(bucket);
        for (int i = 0; i < buckets.Length; i++)
        {
            File.SetLastWriteTimeUtc(DataOf(buckets[i]), DateTime.UtcNow.AddDays(-20));
            File.SetLastWriteTimeUtc(ProofOf(buckets[i]), DateTime.UtcNow.AddDays(-10 + i));
        }

        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = buckets.Sum(bucket => bucket.Stored.Length) + 40_000 });
        await using CachingTransport user = Through(new FakeArchive(), cache: cache);
        Assert.NotNull(user.TryPin(buckets[0].Hash));

        using (cache.Space.Reserve(Unknown, 140_000, RoomWanted.ForBucket(Unknown)))
            Assert.Equal([true, false, true, true], buckets.Select(bucket => cache.Contains(bucket.Hash)));
        Assert.False(File.Exists(DataOf(buckets[1])));
        Assert.False(File.Exists(ProofOf(buckets[1])));
    }

    [Fact]
    public async Task Reserve_MoreThanTheBoundAllows_SaysHowMuchIsNeededAndKeepsPinnedBuckets()
    {
        var pinned = TestBucket.Make();
        await FetchAsync(pinned);
        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = 200_000 });
        await using CachingTransport user = Through(new FakeArchive(), cache: cache);
        Assert.NotNull(user.TryPin(pinned.Hash));

        ArchiveException error =
            Assert.Throws<ArchiveException>(() => cache.Space.Require([KeyValuePair.Create(Unknown, 150_000L)], RoomWanted.ForPlan(3, 1)));

        Assert.Equal(CacheErrorCode.TooSmall, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture,
                $"Fetching 3 buckets (1 of them of unknown size, not counted here) needs 150,000 bytes in {Folder}, whose limit is "
                        + $"200,000 bytes; {pinned.Stored.Length:N0} bytes are in use."),
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains(
            FormattableString.Invariant($"by at least {pinned.Stored.Length - 50_000:N0} bytes"), error.Message, StringComparison.Ordinal);
        Assert.True(cache.Contains(pinned.Hash));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Require_WhatFitsInNoCase_IsRefusedAndRemovesNothing(bool isDisk)
    {
        var idle = TestBucket.Make();
        var pinned = TestBucket.Make(seed: 2);
        await FetchAsync(idle);
        await FetchAsync(pinned);
        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = isDisk ? long.MaxValue : 250_000, MinFreeBytes = 0 });
        await using CachingTransport user = Through(new FakeArchive(), cache: cache);
        Assert.NotNull(user.TryPin(pinned.Hash));
        if (isDisk)
            Volume.Free = 40_000;
        long fits = isDisk ? Volume.Free + idle.Stored.Length : 250_000 - pinned.Stored.Length;

        ArchiveException error =
            Assert.Throws<ArchiveException>(() => cache.Space.Require([KeyValuePair.Create(Unknown, fits + 1)], RoomWanted.ForPlan(1, 0)));

        Assert.Equal(isDisk ? CacheErrorCode.DiskFull : CacheErrorCode.TooSmall, error.Code);
        Assert.Contains(
            isDisk
                ? FormattableString.Invariant(
                    $"has only 40,000 bytes free, and {idle.Stored.Length:N0} bytes in buckets that are not in use. Make room")
                : FormattableString.Invariant(
                    $"; {pinned.Stored.Length:N0} bytes are in use. Raise the limit of the bucket cache by at least 1 bytes."),
            error.Message,
            StringComparison.Ordinal);
        Assert.True(cache.Contains(idle.Hash));
    }

    [Fact]
    public async Task Require_ExactlyWhatFits_RemovesWhatIsNotInUse()
    {
        TestBucket[] idle = [TestBucket.Make(seed: 1), TestBucket.Make(seed: 2)];
        foreach (TestBucket bucket in idle)
            await FetchAsync(bucket);
        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = 250_000 });

        // One more than the first one frees: its proof must not count.
        cache.Space.Require([KeyValuePair.Create(Unknown, 250_000L - idle[1].Stored.Length + 1)], RoomWanted.ForPlan(1, 0));

        Assert.Equal(0, cache.Measure().Buckets);
        cache.Space.Require([KeyValuePair.Create(Unknown, 250_000L)], RoomWanted.ForPlan(1, 0));
    }

    [Fact]
    public async Task Require_AnnouncedSizesBeyondEveryNumber_AreRefusedAndRemoveNothing()
    {
        var idle = TestBucket.Make();
        await FetchAsync(idle);
        BucketCache cache = OpenCache();
        KeyValuePair<Hash256, long>[] wanted =
            [KeyValuePair.Create(Unknown, long.MaxValue), KeyValuePair.Create(Hash256.Of("nor this one"u8), long.MaxValue)];

        ArchiveException error = Assert.Throws<ArchiveException>(() => cache.Space.Require(wanted, RoomWanted.ForPlan(2, 0)));

        Assert.Equal(CacheErrorCode.TooSmall, error.Code);
        Assert.True(cache.Contains(idle.Hash));
    }

    [Fact]
    public async Task Reserve_LittleRoomOnDisk_CountsWhatOthersReservedAndFreesWhatIsNotInUse()
    {
        var idle = TestBucket.Make();
        await FetchAsync(idle);
        File.SetLastWriteTimeUtc(DataOf(idle), DateTime.UtcNow.AddDays(-2));
        File.SetLastWriteTimeUtc(ProofOf(idle), DateTime.UtcNow.AddDays(-1));
        var arriving = TestBucket.Make(seed: 2);
        LeavePart(arriving, [1, 2, 3]);
        BucketCache cache = OpenCache(new BucketCacheOptions { MinFreeBytes = 1000 });
        Volume.Free = 11_000;
        KeyValuePair<Hash256, long>[] wanted = [KeyValuePair.Create(Unknown, 5000L)];
        using (cache.Space.Reserve(arriving.Hash, 6003, RoomWanted.ForBucket(arriving.Hash)))
        {
            Assert.True(cache.Contains(idle.Hash));
            ArchiveException error = Assert.Throws<ArchiveException>(() => cache.Space.Require(wanted, RoomWanted.ForBucket(Unknown)));
            Assert.Equal(CacheErrorCode.DiskFull, error.Code);
            Assert.Contains("needs 11,000 bytes in", error.Message, StringComparison.Ordinal);
            Assert.Contains(
                "1,000 bytes must stay free, but its disk has only 11,000 bytes free", error.Message, StringComparison.Ordinal);
            cache.Space.Require([KeyValuePair.Create(arriving.Hash, 6003L)], RoomWanted.ForBucket(arriving.Hash));
            File.WriteAllBytes(Parts().Single(), new byte[2003]);
            cache.Space.Require(wanted, RoomWanted.ForBucket(Unknown));
        }

        Assert.Equal(new BucketCacheContent(0, 0, 1, 2003), cache.Measure());
        Assert.Equal(2003, cache.Space.Evict(1));
        Assert.Equal(new BucketCacheContent(0, 0, 0, 0), cache.Measure());
        cache.Space.Require([KeyValuePair.Create(Unknown, 10_000L)], RoomWanted.ForBucket(Unknown));
    }

    [Fact]
    public async Task Require_PartOfWhatIsWanted_CountsItOnceAndDoesNotRemoveIt()
    {
        var idle = TestBucket.Make(60_000);
        await FetchAsync(idle);
        LeavePart(TestBucket.Make(seed: 2), new byte[30_000]);
        File.SetLastWriteTimeUtc(Parts().Single(), DateTime.UtcNow.AddDays(-1));
        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = 100_000 });

        cache.Space.Require([KeyValuePair.Create(TestBucket.Make(seed: 2).Hash, 90_000L)], RoomWanted.ForPlan(1, 0));

        Assert.Equal(new BucketCacheContent(0, 0, 1, 30_000), cache.Measure());
    }

    [Fact]
    public void LengthOf_PartThatWasRemovedAfterTheList_IsZero()
    {
        var bucket = TestBucket.Make();
        LeavePart(bucket, [1, 2, 3]);
        LeavePart(bucket, [1, 2]);
        List<FileInfo> parts = [.. new CacheLayout(Folder).Parts(bucket.Hash)];
        FileInfo removed = parts[0];
        File.Delete(removed.FullName);

        // A list that was quicker than its look at the file knows no more than this.
        removed.Refresh();
        Assert.Throws<FileNotFoundException>(() => removed.Length);

        Assert.Equal(0, CacheLayout.LengthOf(removed));
        Assert.Equal(CacheLayout.LengthOf(parts[1]), OpenCache().LeftoverBytes(bucket.Hash));
    }

    [Fact]
    public void Lock_SharedAndExclusive_HoldEachOtherOff()
    {
        string file = Path.Combine(Folder, "a.lock");
        using (var first = CacheLock.TryShared(file))
        using (var second = CacheLock.TryShared(file))
        {
            Assert.NotNull(first);
            Assert.NotNull(second);
            Assert.Null(CacheLock.TryExclusive(file));
        }

        using (var alone = CacheLock.TryExclusive(file))
        {
            Assert.NotNull(alone);
            Assert.Null(CacheLock.TryShared(file));
            Assert.Null(CacheLock.TryExclusive(file));
        }

        ArchiveException error = Assert.Throws<ArchiveException>(() => CacheLock.TryShared(Path.Combine(Folder, "none", "a.lock")));
        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Contains("cannot be read or written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_LockThatCannotBeOpened_LeavesItsBucketAloneAndGoesOnWithOthers()
    {
        var foreign = TestBucket.Make(seed: 1);
        var own = TestBucket.Make(seed: 2);
        await FetchAsync(foreign);
        await FetchAsync(own);
        LeavePart(foreign, [1, 2, 3]);
        File.SetLastWriteTimeUtc(Parts().Single(), DateTime.UtcNow.AddDays(-8));
        File.SetLastWriteTimeUtc(DataOf(foreign), DateTime.UtcNow.AddDays(-8));
        File.SetLastWriteTimeUtc(ProofOf(foreign), DateTime.UtcNow.AddDays(-8));
        Forbid(foreign);

        BucketCache cache = OpenCache(new BucketCacheOptions { MaxSizeBytes = 250_000 });
        cache.Space.Require([KeyValuePair.Create(Unknown, 100_000L)], RoomWanted.ForPlan(1, 0));

        Assert.True(cache.Contains(foreign.Hash));
        Assert.False(cache.Contains(own.Hash));
        Assert.Single(Parts());
    }

    [Fact]
    public async Task Open_BucketWhoseLockCannotBeOpened_SaysSo()
    {
        var bucket = TestBucket.Make();
        await using CachingTransport transport = Through(new FakeArchive(bucket));
        Forbid(bucket);

        ArchiveException error = await ErrorOfAsync(async () => await transport.OpenAsync(bucket.Path, 0, CancellationToken.None));

        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Contains(new CacheLayout(Folder).Lock(bucket.Hash), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Volume_OfTheSystem_TellsFreeBytesAndKnowsFullDisks()
    {
        var volume = new CacheVolume();

        Assert.InRange(volume.FreeBytes(Folder) ?? -1, 1, long.MaxValue);
        Assert.True(CacheVolume.IsFull(FakeVolume.FullError()));
        Assert.False(CacheVolume.IsFull(new IOException("other")));
    }

    // A folder in the place of the lock is refused to everybody, the superuser too, with the same error as the lock of another user.
    private void Forbid(TestBucket bucket)
    {
        string file = new CacheLayout(Folder).Lock(bucket.Hash);
        File.Delete(file);
        Directory.CreateDirectory(file);
        Assert.Throws<UnauthorizedAccessException>(
            () => File.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
    }

    private CacheLock? OpenCacheLock(TestBucket bucket) => CacheLock.TryExclusive(new CacheLayout(Folder).Lock(bucket.Hash));
}
