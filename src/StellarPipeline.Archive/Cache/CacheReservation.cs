namespace StellarPipeline.Archive;

/// <summary>Room in the cache for a bucket that arrives, until its last byte is written.</summary>
internal sealed class CacheReservation(CacheSpace space, BucketHash hash, long bytes) : IDisposable
{
    /// <summary>The bucket.</summary>
    public BucketHash Hash => hash;

    /// <summary>Bytes of the whole bucket, those that are written already among them.</summary>
    public long Bytes => bytes;

    /// <inheritdoc/>
    public void Dispose() => space.GiveBack(this);
}
