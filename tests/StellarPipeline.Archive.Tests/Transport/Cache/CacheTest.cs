using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>A cache in a folder of its own, and ways to read through it.</summary>
public abstract class CacheTest : IDisposable
{
    private protected TemporaryFolder Temporary { get; } = new();

    private protected FakeVolume Volume { get; } = new();

    private protected string Folder => Temporary.Path;

    public virtual void Dispose()
    {
        Temporary.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected BucketCache OpenCache(BucketCacheOptions? options = null) =>
        BucketCache.Open(
            Folder, options ?? new BucketCacheOptions { PollInterval = TimeSpan.FromMilliseconds(2) }, timeProvider: null, Volume);

    private protected CachingTransport Through(
        IArchiveTransport archive, CachingTransportOptions? options = null, BucketCache? cache = null) =>
            new(archive, cache ?? OpenCache(), options);

    /// <summary>Fetches a bucket and closes everything again.</summary>
    private protected async Task FetchAsync(TestBucket bucket)
    {
        await using CachingTransport transport = Through(new FakeArchive(bucket));
        Assert.Equal(bucket.Stored, await transport.ReadAsync(bucket.Path));
    }

    private protected string DataOf(TestBucket bucket) => new CacheLayout(Folder).Data(bucket.Hash);

    private protected string ProofOf(TestBucket bucket) => new CacheLayout(Folder).Proof(bucket.Hash);

    private protected string[] Parts() => Directory.GetFiles(Folder, "*.part");

    private protected void LeavePart(TestBucket bucket, byte[] bytes) =>
        File.WriteAllBytes(new CacheLayout(Folder).NewPart(bucket.Hash), bytes);

    /// <summary>Waits for something that other tasks bring about.</summary>
    private protected static async Task UntilAsync(Func<bool> isTrue)
    {
        CancellationToken deadline = Deadline.Token;
        while (!isTrue())
        {
            deadline.ThrowIfCancellationRequested();
            await Task.Delay(1, deadline);
        }
    }

    private protected static Task<ArchiveException> ErrorOfAsync(Func<Task> action) => Assert.ThrowsAsync<ArchiveException>(action);
}
