using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The purpose of room in the cache: the text for the error, and its kind.</summary>
/// <param name="Text">The subject of a sentence.</param>
/// <param name="Kind">Usage before anything is fetched, archive later.</param>
internal readonly record struct RoomWanted(string Text, FailureKind Kind)
{
    /// <summary>Room for some buckets, before the first is fetched.</summary>
    public static RoomWanted ForPlan(int buckets, int ofUnknownSize) => new(
        ofUnknownSize == 0
            ? FormattableString.Invariant($"Fetching {buckets} buckets")
            : FormattableString.Invariant($"Fetching {buckets} buckets ({ofUnknownSize} of them of unknown size, not counted here)"),
        FailureKind.Usage);

    /// <summary>Room for one bucket.</summary>
    public static RoomWanted ForBucket(Hash256 hash) => new($"Fetching {ArchivePath.BucketFileName(hash)}", FailureKind.Archive);
}
