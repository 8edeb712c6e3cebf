namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>What a file of the bucket cache is.</summary>
internal enum CacheFileKind
{
    /// <summary>A whole bucket.</summary>
    Data,

    /// <summary>The proof that a bucket was verified.</summary>
    Proof,

    /// <summary>A part of a bucket.</summary>
    Part,
}
