using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Stellar.Progress;

/// <summary>What arrives in the bucket cache.</summary>
/// <param name="Location">Where it comes from.</param>
/// <param name="FetchedBytes">Bytes that came from there in this run.</param>
/// <param name="Bytes">Stored bytes of the buckets that are there, those of the cache included.</param>
/// <param name="TotalBytes">Stored bytes of all of them, as far as they are known.</param>
/// <param name="Files">Buckets that are asked for.</param>
/// <param name="Done">Buckets that are in the cache, verified.</param>
/// <param name="Arriving">Buckets that arrive now.</param>
public sealed record DownloadProgress(string Location, long FetchedBytes, long Bytes, long TotalBytes, int Files, int Done, int Arriving)
{
    /// <summary>Looks at a cache.</summary>
    /// <param name="cache">The transport that reads through it.</param>
    public static DownloadProgress Of(CachingTransport cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        IReadOnlyList<BucketFetchStatus> buckets = cache.Status;
        return new DownloadProgress(
            cache.Location,
            cache.FetchedBytes,
            buckets.Sum(bucket => bucket.Bytes),
            buckets.Sum(bucket => bucket.TotalBytes ?? bucket.Bytes),
            buckets.Count,
            buckets.Count(bucket => bucket.Stage == BucketFetchStage.Done),
            buckets.Count(bucket => bucket.Stage is BucketFetchStage.Arriving or BucketFetchStage.Verifying));
    }
}
