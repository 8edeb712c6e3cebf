using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Buckets;

/// <summary>One bucket that an archive state names: where it stands, and what it is called.</summary>
/// <param name="Position">Its place in the list.</param>
/// <param name="Hash">Its hash, never all zeros.</param>
public readonly record struct BucketReference(BucketPosition Position, Hash256 Hash)
{
    /// <summary>The bucket's file name.</summary>
    public string FileName => ArchivePath.BucketFileName(Hash);
}
