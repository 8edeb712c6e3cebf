using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>What must be fetched before a checkpoint can be read.</summary>
/// <param name="Present">Number of buckets in the cache.</param>
/// <param name="PresentBytes">Their stored bytes.</param>
/// <param name="Missing">Buckets to fetch, with their stored sizes in bytes (null if the archive does not report them), in the order in
/// which they start.</param>
/// <param name="LeftoverBytes">Bytes of the missing buckets that an interrupted download left in the cache; they are not fetched again if
/// they match.</param>
public sealed record BucketFetchPlan(
    IReadOnlyList<Hash256> Present, long PresentBytes, IReadOnlyList<KeyValuePair<Hash256, long?>> Missing, long LeftoverBytes)
{
    /// <summary>Stored bytes of the missing buckets, as far as known.</summary>
    public long MissingBytes => Missing.Aggregate(0L, (sum, bucket) => ByteCount.Add(sum, bucket.Value ?? 0));

    /// <summary>Number of missing buckets of unknown size.</summary>
    public int MissingOfUnknownSize => Missing.Count(bucket => bucket.Value is null);
}
