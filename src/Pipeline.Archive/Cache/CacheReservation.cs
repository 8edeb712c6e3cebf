namespace Pipeline.Archive;

/// <summary>Room in the cache for bytes that are not written yet.</summary>
internal sealed class CacheReservation(CacheSpace space, long bytes) : IDisposable
{
    private long left = bytes;

    /// <summary>Bytes were written: they count as files now.</summary>
    public void Use(long count)
    {
        long used = Math.Min(count, left);
        left -= used;
        space.GiveBack(used);
    }

    /// <inheritdoc/>
    public void Dispose() => Use(left);
}
