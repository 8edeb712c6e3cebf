using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Buckets;

/// <summary>A bucket that an archive state names: its position and its hash.</summary>
/// <param name="Position">Its place in the list.</param>
/// <param name="Hash">Its hash, never all zeros.</param>
public readonly record struct BucketReference(BucketPosition Position, Hash256 Hash)
{
    /// <summary>The bucket's file name.</summary>
    public string FileName => ArchivePath.BucketFileName(Hash);
}
