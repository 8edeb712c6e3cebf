using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Mirrors;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>
/// Many faults and stops in no order: whatever happens, a reader gets right bytes or an error, and the cache ends up whole.
/// </summary>
public sealed class RandomFaultTests : CacheTest
{
    private static readonly TestBucket[] Buckets = [.. Enumerable.Range(1, 6).Select(seed => TestBucket.Make(seed * 15_000, seed))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Fetch_ThroughFaultsAndStops_EndsInAWholeCache(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 12; round++)
        {
            foreach (TestBucket bucket in Buckets.Where(_ => random.Next(3) == 0))
                BucketCache.Remove(random.Next(2) == 0 ? DataOf(bucket) : ProofOf(bucket));
            try
            {
                await RunAsync(random);
            }
            catch (Exception error) when (error is ArchiveException or OperationCanceledException or ObjectDisposedException)
            {
                Assert.True(error is not ArchiveException { Kind: Dataflow.FailureKind.Internal }, $"Seed {seed}, round {round}: {error}");
            }
        }

        var good = new FakeArchive(Buckets);
        await using CachingTransport transport = Through(good);
        var prefetcher = new BucketPrefetcher(transport);
        await prefetcher.FetchAsync(
            await prefetcher.PlanAsync([.. Buckets.Select(bucket => bucket.Reference)], Deadline.Token), Deadline.Token);

        foreach (TestBucket bucket in Buckets)
            Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
        Assert.Empty(Parts());
        Assert.Empty(Directory.GetFiles(Folder, "*.tmp"));
        Assert.Equal(new BucketCacheContent(Buckets.Length, Buckets.Sum(bucket => bucket.Stored.Length), 0, 0), transport.Cache.Measure());
    }

    private async Task RunAsync(Random random)
    {
        IArchiveTransport[] archives = [.. Enumerable.Range(0, 3).Select(_ => Faulty(random))];
        using var mirrors = new MirrorTransport(
            archives, new MirrorTransportOptions { MaxRounds = 3, ProgressBytes = 5000 }, new TestClock(), new Random(random.Next()));
        await using CachingTransport transport = Through(mirrors, new CachingTransportOptions { Downloads = random.Next(1, 4) });
        using var stop = new CancellationTokenSource();
        Task[] readers = [.. Buckets.Select(bucket => Task.Run(() => ReadAsync(transport, bucket, stop.Token)))];
        var ended = Task.WhenAll(readers);
        if (random.Next(2) == 0)
        {
            await Task.WhenAny(ended, Task.Delay(random.Next(0, 10)));
            await transport.DisposeAsync();
            await stop.CancelAsync();
        }

        await ended.WaitAsync(Deadline.Token);
    }

    private static async Task ReadAsync(CachingTransport transport, TestBucket bucket, CancellationToken cancellationToken)
    {
        await using ArchiveObject? file = await transport.OpenAsync(bucket.Path, 0, cancellationToken);
        using var content = new MemoryStream();
        await file!.Content.CopyToAsync(content, cancellationToken);
        Assert.Equal(bucket.Stored, content.ToArray());
    }

    private static FakeArchive Faulty(Random random)
    {
        var archive =
            new FakeArchive(Buckets)
            {
                MaxReadBytes = random.Next(500, 20_000), TellsSizes = random.Next(4) > 0,
                Location = $"https://{random.Next()}.example/"
            };
        if (random.Next(3) == 0)
        {
            foreach (TestBucket bucket in Buckets)
            {
                archive.Files[bucket.Path] = [.. bucket.Stored];
                archive.Files[bucket.Path][random.Next(bucket.Stored.Length)] ^= (byte)(1 << random.Next(8));
            }
        }

        int chance = random.Next(2, 30);
        int seed = random.Next();
        int reads = 0;
        archive.BeforeRead = async (_, _) =>
        {
            await Task.Yield();
            if (new Random(seed + Interlocked.Increment(ref reads)).Next(chance) == 0)
                throw new IOException("A fault.");
        };
        return archive;
    }
}
