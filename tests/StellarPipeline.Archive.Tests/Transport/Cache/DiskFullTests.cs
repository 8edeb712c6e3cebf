using System.Globalization;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>A full disk: said before the first download where it can be known, and clearly in the middle where it cannot.</summary>
public sealed class DiskFullTests : CacheTest
{
    private const string SmallVolume = "PIPELINE_TEST_SMALL_VOLUME";

    private static readonly CachingTransportOptions Waiting = new() { FollowsArrivals = false };

    [Fact]
    public async Task Plan_MoreThanIsFree_SaysHowMuchIsNeededBeforeTheFirstDownload()
    {
        TestBucket[] buckets = [TestBucket.Make(100_000, 1), TestBucket.Make(200_000, 2)];
        var archive = new FakeArchive(buckets);
        long needed = buckets.Sum(bucket => bucket.Stored.Length);
        BucketCache cache = OpenCache(new BucketCacheOptions { MinFreeBytes = 5000 });
        await using CachingTransport transport = Through(archive, cache: cache);
        Volume.Free = needed + 4999;

        ArchiveException error = await ErrorOfAsync(
            () => new BucketPrefetcher(transport).PlanAsync([.. buckets.Select(bucket => bucket.Reference)], Deadline.Token));

        Assert.Equal(CacheErrorCode.DiskFull, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture,
                $"Fetching 2 buckets needs {needed:N0} bytes in {Folder}, and 5,000 bytes must stay free, but its disk has only "
                    + $"{needed + 4999:N0} bytes free."),
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(0, archive.Opens);
        Volume.Free++;
        await new BucketPrefetcher(transport).PlanAsync([.. buckets.Select(bucket => bucket.Reference)], Deadline.Token);
    }

    [Fact]
    public async Task Open_OneBucketMoreThanIsFree_SaysHowMuchIsNeeded()
    {
        var bucket = TestBucket.Make();
        var archive = new FakeArchive(bucket);
        Volume.Free = 1000;
        await using CachingTransport transport = Through(archive, Waiting);

        ArchiveException error = await transport.ReadErrorAsync(bucket.Path);

        Assert.Equal(CacheErrorCode.DiskFull, error.Code);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains(FormattableString.Invariant($"Fetching bucket-{bucket.Hash}.xdr.gz needs {bucket.Stored.Length:N0} bytes"),
            error.Message, StringComparison.Ordinal);
        Assert.Equal(0, archive.BytesGiven);
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Write_DiskBecomesFull_SaysHowMuchIsMissingAndTheNextRunGoesOn()
    {
        var bucket = TestBucket.Make(500_000);
        Volume.Capacity = 300_000;
        await using (CachingTransport full = Through(new FakeArchive(bucket), Waiting))
        {
            ArchiveException error = await full.ReadErrorAsync(bucket.Path);

            Assert.Equal(CacheErrorCode.DiskFull, error.Code);
            Assert.Contains("The disk became full after 300,000 bytes of ", error.Message, StringComparison.Ordinal);
            Assert.Contains(
                FormattableString.Invariant($"; {bucket.Stored.Length - 300_000:N0} more bytes are needed. Make room and run again"),
                error.Message, StringComparison.Ordinal);
        }

        Volume.Capacity = long.MaxValue;
        var archive = new FakeArchive(bucket);
        await using CachingTransport transport = Through(archive);
        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.Equal(bucket.Stored.Length - 300_000 + 512, archive.BytesGiven);
    }

    [Fact]
    public async Task Write_DiskBecomesFull_RemovesOldBucketsFirst()
    {
        var old = TestBucket.Make(seed: 2);
        await FetchAsync(old);
        var bucket = TestBucket.Make(500_000);
        Volume.Capacity = 300_000;
        Volume.OnFull = () => Volume.Capacity = long.MaxValue;
        await using CachingTransport transport = Through(new FakeArchive(bucket) { TellsSizes = false });

        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.False(transport.Cache.Contains(old.Hash));
    }

    [Fact]
    public async Task Write_SizeNotKnownAndDiskFull_SaysSo()
    {
        var bucket = TestBucket.Make(500_000);
        Volume.Capacity = 300_000;
        await using CachingTransport transport = Through(new FakeArchive(bucket) { TellsSizes = false }, Waiting);

        Assert.Contains("; its size is unknown.", (await transport.ReadErrorAsync(bucket.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, CacheErrorCode.DiskFull)]
    [InlineData(false, CacheErrorCode.Unusable)]
    public async Task Flush_Fails_TheBucketDoesNotCount(bool isFull, string code)
    {
        var bucket = TestBucket.Make();
        Volume.FlushError = isFull ? FakeVolume.FullError() : new IOException("The device is gone.");
        await using CachingTransport transport = Through(new FakeArchive(bucket), Waiting);

        Assert.Equal(code, (await transport.ReadErrorAsync(bucket.Path)).Code);
        Assert.False(transport.Cache.Contains(bucket.Hash));
    }

    [Fact]
    public async Task Write_DeviceFails_NamesTheFile()
    {
        var bucket = TestBucket.Make();
        Volume.WriteError = new IOException("The device is gone.");
        await using CachingTransport transport = Through(new FakeArchive(bucket), Waiting);

        ArchiveException error = await transport.ReadErrorAsync(bucket.Path);

        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Contains(".part cannot be read or written: The device is gone. Check the permissions and the device of the bucket cache",
            error.Message, StringComparison.Ordinal);
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Open_FolderIsGone_NamesIt()
    {
        var bucket = TestBucket.Make();
        await using CachingTransport transport = Through(new FakeArchive(bucket));
        Directory.Delete(Folder, recursive: true);

        ArchiveException error = await transport.ReadErrorAsync(bucket.Path);
        ArchiveException measured = Assert.Throws<ArchiveException>(() => transport.Cache.Measure());
        Directory.CreateDirectory(Folder);

        Assert.Equal(CacheErrorCode.Unusable, error.Code);
        Assert.Contains(Folder, error.Message, StringComparison.Ordinal);
        Assert.Equal(CacheErrorCode.Unusable, measured.Code);
    }

    [SkippableFact]
    public async Task Fetch_OnARealSmallDisk_FailsClearlyBeforeAndInTheMiddle()
    {
        string? place = Environment.GetEnvironmentVariable(SmallVolume);
        Skip.If(string.IsNullOrEmpty(place),
            $"No small disk: set {SmallVolume} to an empty folder on a file system with 1 to 64 MiB of room, such as a tmpfs.");
        long free = new CacheVolume().FreeBytes(place!) ?? 0;
        Skip.If(free is < 1 << 20 or > 64 << 20, $"{place} has {free} bytes free.");
        var bucket = TestBucket.Make((int)free + 100_000);
        var cache = BucketCache.Open(Path.Combine(place!, "cache"), new BucketCacheOptions { MinFreeBytes = 0 });
        try
        {
            await using CachingTransport known = Through(new FakeArchive(bucket), Waiting, cache);
            ArchiveException before = await ErrorOfAsync(() => new BucketPrefetcher(known).PlanAsync([bucket.Reference], Deadline.Token));
            await using CachingTransport unknown =
                Through(new FakeArchive(bucket) { TellsSizes = false, MaxReadBytes = 1 << 20 }, Waiting, cache);
            ArchiveException middle = await unknown.ReadErrorAsync(bucket.Path);

            Assert.Equal(CacheErrorCode.DiskFull, before.Code);
            Assert.Equal(CacheErrorCode.DiskFull, middle.Code);
            Assert.Contains("The disk became full after ", middle.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(cache.Folder, recursive: true);
        }
    }
}
