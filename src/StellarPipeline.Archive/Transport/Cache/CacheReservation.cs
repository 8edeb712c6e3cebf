using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Room in the cache for a bucket that arrives, until its last byte is written.</summary>
internal sealed class CacheReservation(CacheSpace space, Hash256 hash, long bytes) : IDisposable
{
    /// <summary>The bucket.</summary>
    public Hash256 Hash => hash;

    /// <summary>Bytes of the whole bucket, those that are written already among them.</summary>
    public long Bytes => bytes;

    /// <inheritdoc/>
    public void Dispose() => space.GiveBack(this);
}
