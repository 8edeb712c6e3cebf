using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Stellar.Progress;

/// <summary>Progress of downloads into the bucket cache.</summary>
/// <param name="Location">Where the buckets come from.</param>
/// <param name="FetchedBytes">Bytes downloaded by this run.</param>
/// <param name="Bytes">Compressed bytes of the buckets so far, including those that were in the cache before.</param>
/// <param name="TotalBytes">Compressed bytes of all buckets, as far as known.</param>
/// <param name="Files">Number of buckets that the run needs.</param>
/// <param name="Done">Buckets in the cache, verified.</param>
/// <param name="Arriving">Buckets that are being downloaded or verified.</param>
public sealed record DownloadProgress(string Location, long FetchedBytes, long Bytes, long TotalBytes, int Files, int Done, int Arriving)
{
    /// <summary>Reads the progress of a cache.</summary>
    /// <param name="cache">The transport with the cache.</param>
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
