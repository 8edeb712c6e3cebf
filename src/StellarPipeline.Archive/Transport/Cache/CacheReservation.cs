using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Room in the cache for an arriving bucket, until its last byte is written.</summary>
internal sealed class CacheReservation(CacheSpace space, Hash256 hash, long bytes) : IDisposable
{
    /// <summary>The bucket.</summary>
    public Hash256 Hash => hash;

    /// <summary>Size of the whole bucket in bytes, including those already written.</summary>
    public long Bytes => bytes;

    /// <inheritdoc/>
    public void Dispose() => space.GiveBack(this);
}
