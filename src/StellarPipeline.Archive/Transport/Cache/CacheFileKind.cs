namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The kind of a file in the bucket cache.</summary>
internal enum CacheFileKind
{
    /// <summary>A complete bucket.</summary>
    Data,

    /// <summary>The proof that a bucket was verified.</summary>
    Proof,

    /// <summary>A part of a bucket.</summary>
    Part,
}
