using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A verified bucket in the cache, which is not removed before this pin is disposed.</summary>
internal sealed class BucketPin(BucketCache cache, Hash256 hash, BucketProof proof, CacheLock held) : IDisposable
{
    /// <summary>The bucket.</summary>
    public Hash256 Hash => hash;

    /// <summary>The result of its verification.</summary>
    public BucketProof Proof => proof;

    /// <summary>Its file.</summary>
    public string File { get; } = cache.Layout.Data(hash);

    /// <summary>False once the file was found to have changed.</summary>
    public bool IsTrusted { get; private set; } = true;

    /// <summary>Marks the file as untrusted: the next user of the bucket verifies or fetches it again.</summary>
    public void Distrust()
    {
        IsTrusted = false;
        BucketCache.Remove(cache.Layout.Proof(hash));
    }

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();
}
