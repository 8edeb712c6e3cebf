using System.Collections.Concurrent;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>Fetching a whole checkpoint: the plan, the order, and what happens when one bucket fails.</summary>
public sealed class BucketPrefetcherTests : CacheTest
{
    private static readonly TestBucket[] Buckets = [.. Enumerable.Range(1, 8).Select(seed => TestBucket.Make(seed * 20_000, seed))];

    private static IReadOnlyCollection<BucketReference> References => [.. Buckets.Concat(Buckets).Select(bucket => bucket.Reference)];

    [Fact]
    public async Task Plan_OfACheckpoint_CountsWhatIsThereAndWhatIsNot()
    {
        await FetchAsync(Buckets[0]);
        LeavePart(Buckets[7], Buckets[7].Stored[..1000]);
        await using CachingTransport transport = Through(new FakeArchive(Buckets));

        BucketFetchPlan plan = await new BucketPrefetcher(transport).PlanAsync(References, Deadline.Token);

        Assert.Equal([Buckets[0].Hash], plan.Present);
        Assert.Equal(Buckets[0].Stored.Length, plan.PresentBytes);
        Assert.Equal(Buckets.Skip(1).Sum(bucket => bucket.Stored.Length), plan.MissingBytes);
        Assert.Equal(1000, plan.LeftoverBytes);
        Assert.Equal(0, plan.MissingOfUnknownSize);
        int[] expectedOrder = [7, 1, 6, 2, 5, 3, 4];
        Assert.Equal(expectedOrder.Select(i => Buckets[i].Hash), plan.Missing.Select(bucket => bucket.Key));
    }

    [Fact]
    public async Task Plan_SizesNotKnown_CountsThemApart()
    {
        await using CachingTransport transport = Through(new FakeArchive(Buckets) { TellsSizes = false });

        BucketFetchPlan plan = await new BucketPrefetcher(transport).PlanAsync(References, Deadline.Token);

        Assert.Equal(Buckets.Length, plan.MissingOfUnknownSize);
        Assert.Equal(0, plan.MissingBytes);
    }

    [Fact]
    public async Task Plan_WhileBucketsArrive_WantsNoRoomForThemTwice()
    {
        long bytes = Buckets.Sum(bucket => bucket.Stored.Length);
        var archive = new FakeArchive(Buckets);
        var gate = new Gate(archive, 10_000);
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { Downloads = Buckets.Length },
            OpenCache(new BucketCacheOptions { MaxSizeBytes = bytes, PollInterval = TimeSpan.FromMilliseconds(2) }));
        var prefetcher = new BucketPrefetcher(transport);
        prefetcher.Begin(await prefetcher.PlanAsync(References, Deadline.Token));
        await UntilAsync(() => transport.Status.Count(bucket => bucket.Bytes == 10_000) == Buckets.Length);

        BucketFetchPlan again = await prefetcher.PlanAsync(References, Deadline.Token);
        gate.Open();
        await prefetcher.FetchAsync(again, Deadline.Token);

        Assert.Equal(bytes, again.MissingBytes);
        Assert.Equal(bytes, archive.BytesGiven);
    }

    [Fact]
    public async Task Plan_BucketMissingInTheArchive_NamesIt()
    {
        await using CachingTransport transport = Through(new FakeArchive(Buckets[1..]));

        ArchiveException error = await ErrorOfAsync(() => new BucketPrefetcher(transport).PlanAsync(References, Deadline.Token));

        Assert.Equal(ArchiveErrorCode.BucketMissing, error.Code);
        Assert.Contains(Buckets[0].Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_OfAPlan_BringsEveryBucketOnce()
    {
        var archive = new FakeArchive(Buckets);
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { Downloads = 3 });
        var prefetcher = new BucketPrefetcher(transport);

        await prefetcher.FetchAsync(await prefetcher.PlanAsync(References, Deadline.Token), Deadline.Token);

        Assert.All(Buckets, bucket => Assert.True(transport.Cache.Contains(bucket.Hash)));
        Assert.Equal(Buckets.Sum(bucket => bucket.Stored.Length), archive.BytesGiven);
        Assert.Equal(archive.BytesGiven, transport.FetchedBytes);
        Assert.Equal(Buckets.Length, transport.Status.Count(status => status.Stage == BucketFetchStage.Done));
        BucketFetchPlan again = await prefetcher.PlanAsync(References, Deadline.Token);
        Assert.Empty(again.Missing);
        await prefetcher.FetchAsync(again, Deadline.Token);
    }

    [Fact]
    public async Task Fetch_WhileOthersRead_SharesTheDownloads()
    {
        var archive = new FakeArchive(Buckets);
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { Downloads = 2 });
        var prefetcher = new BucketPrefetcher(transport);

        Task fetch = prefetcher.FetchAsync(await prefetcher.PlanAsync(References, Deadline.Token), Deadline.Token);
        byte[][] read = await Task.WhenAll(Buckets.Select(bucket => transport.ReadAsync(bucket.Path)));
        await fetch;

        Assert.All(Buckets, (bucket, i) => Assert.Equal(bucket.Stored, read[i]));
        Assert.Equal(Buckets.Sum(bucket => bucket.Stored.Length), archive.BytesGiven);
    }

    [Fact]
    public async Task Fetch_MoreThanTheBound_NeverRunsMoreAtOnce()
    {
        var archive = new FakeArchive(Buckets);
        var running = new ConcurrentDictionary<string, bool>();
        int most = 0;
        archive.BeforeRead = async (path, position) =>
        {
            running[path] = true;
            most = Math.Max(most, running.Count);
            await Task.Yield();
            if (position == archive.Files[path].Length)
                running.Remove(path, out _);
        };
        await using CachingTransport transport = Through(archive, new CachingTransportOptions { Downloads = 3 });
        var prefetcher = new BucketPrefetcher(transport);

        await prefetcher.FetchAsync(await prefetcher.PlanAsync(References, Deadline.Token), Deadline.Token);

        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task Fetch_OneBucketFails_SaysWhichAtOnce()
    {
        var archive = new FakeArchive(Buckets);
        var never = new TaskCompletionSource();
        archive.BeforeRead =
            (path, _) => path == Buckets[3].Path
                ? throw new IOException("The cable is cut.")
                : path == Buckets[7].Path ? never.Task : Task.CompletedTask;
        await using CachingTransport transport = Through(archive);
        var prefetcher = new BucketPrefetcher(transport);

        ArchiveException error = await ErrorOfAsync(async () =>
            await prefetcher.FetchAsync(await prefetcher.PlanAsync(References, Deadline.Token), Deadline.Token));

        Assert.Contains($"{Buckets[3].Path} could not be read: The cable is cut.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_BucketGoneAfterThePlan_SaysSo()
    {
        var archive = new FakeArchive(Buckets);
        await using CachingTransport transport = Through(archive);
        var prefetcher = new BucketPrefetcher(transport);
        BucketFetchPlan plan = await prefetcher.PlanAsync(References, Deadline.Token);
        archive.Files.Remove(Buckets[2].Path, out _);

        ArchiveException error = await ErrorOfAsync(() => prefetcher.FetchAsync(plan, Deadline.Token));

        Assert.Equal(ArchiveErrorCode.BucketMissing, error.Code);
        Assert.Contains("no longer contains", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_Cancelled_StopsTheWait()
    {
        var archive = new FakeArchive(Buckets);
        _ = new Gate(archive, 0);
        await using CachingTransport transport = Through(archive);
        var prefetcher = new BucketPrefetcher(transport);
        BucketFetchPlan plan = await prefetcher.PlanAsync(References, Deadline.Token);
        using var cancel = new CancellationTokenSource();

        Task fetch = prefetcher.FetchAsync(plan, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
    }

    [Fact]
    public async Task Slots_WhenOneIsFree_TakeTheLargestAndTheSmallestInTurn()
    {
        var slots = new DownloadSlots(2);
        IDisposable large = await slots.EnterAsync(50, CancellationToken.None);
        IDisposable small = await slots.EnterAsync(40, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        Task<IDisposable>[] waiting =
            [.. ((int[])[30, 10, 20, 60]).Select((bytes, i) => slots.EnterAsync(bytes, i == 3 ? cancel.Token : CancellationToken.None))];
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[3]);
        Assert.All(waiting[..3], task => Assert.False(task.IsCompleted));

        large.Dispose();
        large.Dispose();
        IDisposable thirty = await waiting[0].WaitAsync(Deadline.Token);
        Assert.False(waiting[2].IsCompleted);
        small.Dispose();
        IDisposable ten = await waiting[1].WaitAsync(Deadline.Token);
        Assert.False(waiting[2].IsCompleted);
        thirty.Dispose();
        (await waiting[2].WaitAsync(Deadline.Token)).Dispose();
        ten.Dispose();
        using IDisposable first = await slots.EnterAsync(1, Deadline.Token);
        using IDisposable second = await slots.EnterAsync(1, Deadline.Token);
    }
}
