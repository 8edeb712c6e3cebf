using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>What must be fetched before a checkpoint can be read.</summary>
/// <param name="Present">Buckets that are in the cache.</param>
/// <param name="PresentBytes">Their stored bytes.</param>
/// <param name="Missing">Buckets that must be fetched, with their stored bytes where the archive says them, in the order in which they are
/// begun.</param>
/// <param name="LeftoverBytes">Bytes of the missing ones that a stopped download left in the cache; they are not fetched again where they
/// fit.</param>
public sealed record BucketFetchPlan(
    IReadOnlyList<Hash256> Present, long PresentBytes, IReadOnlyList<KeyValuePair<Hash256, long?>> Missing, long LeftoverBytes)
{
    /// <summary>Stored bytes of the missing buckets, as far as they are known.</summary>
    public long MissingBytes => Missing.Aggregate(0L, (sum, bucket) => ByteCount.Add(sum, bucket.Value ?? 0));

    /// <summary>Missing buckets whose size the archive does not say.</summary>
    public int MissingOfUnknownSize => Missing.Count(bucket => bucket.Value is null);
}
