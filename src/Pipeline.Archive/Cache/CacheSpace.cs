namespace Pipeline.Archive;

/// <summary>Keeps the cache within its bound and the disk from filling up: makes room for what is to come, or says how much is missing.</summary>
internal sealed class CacheSpace(CacheLayout layout, BucketCacheOptions options, CacheVolume volume)
{
    private readonly Lock sync = new();
    private long reservedBytes;

    /// <summary>Makes room for a download that begins.</summary>
    /// <param name="bytes">Bytes that it will write; 0 when that is not known.</param>
    /// <param name="wanted">What for.</param>
    /// <returns>The room; bytes that were written are given back to it one by one.</returns>
    /// <exception cref="ArchiveException">There is not enough room.</exception>
    public CacheReservation Reserve(long bytes, RoomWanted wanted)
    {
        lock (sync)
        {
            MakeRoom(bytes, wanted);
            reservedBytes += bytes;
        }

        return new CacheReservation(this, bytes);
    }

    /// <summary>Makes room without keeping it.</summary>
    /// <exception cref="ArchiveException">There is not enough room.</exception>
    public void Require(long bytes, RoomWanted wanted)
    {
        lock (sync)
            MakeRoom(bytes, wanted);
    }

    /// <summary>Removes what is not in use, least recently used first, until some bytes are freed.</summary>
    /// <returns>Bytes that were freed.</returns>
    public long Evict(long bytes)
    {
        lock (sync)
            return EvictFiles(bytes);
    }

    internal void GiveBack(long bytes)
    {
        lock (sync)
            reservedBytes -= bytes;
    }

    private void MakeRoom(long bytes, RoomWanted wanted)
    {
        long missing = Math.Max(MissingInBound(bytes, out _), MissingOnDisk(bytes, out _));
        if (missing > 0)
            EvictFiles(missing);
        if (MissingInBound(bytes, out long held) > 0)
            throw CacheThrow.NoRoomInBound(layout.Folder, wanted, bytes, options.SizeBytesMax, held);
        if (MissingOnDisk(bytes, out long free) > 0)
            throw CacheThrow.NoRoomOnDisk(layout.Folder, wanted, bytes + reservedBytes, free, options.FreeBytesMin);
    }

    private long MissingInBound(long bytes, out long held)
    {
        held = layout.Files().Where(entry => entry.Kind != CacheFileKind.Proof).Sum(entry => LengthOf(entry.File)) + reservedBytes;
        return held + bytes - options.SizeBytesMax;
    }

    private long MissingOnDisk(long bytes, out long free)
    {
        free = volume.FreeBytes(layout.Folder) ?? long.MaxValue / 2;
        return bytes + reservedBytes + options.FreeBytesMin - free;
    }

    private long EvictFiles(long bytes)
    {
        Dictionary<BucketHash, List<FileInfo>> files = layout.Files()
            .GroupBy(entry => entry.Hash, entry => entry.File)
            .ToDictionary(group => group.Key, group => group.ToList());
        long freed = 0;

        // The proof is touched whenever its bucket is used, so the newest time of a bucket's files is that of its last use.
        foreach ((BucketHash hash, List<FileInfo> own) in files.OrderBy(group => group.Value.Max(file => file.LastWriteTimeUtc)))
        {
            if (freed >= bytes)
                break;

            // Nobody else uses it, and nobody begins to, while this is held.
            using CacheLock? held = CacheLock.TryExclusive(layout.Lock(hash));
            if (held is null)
                continue;
            foreach (FileInfo file in own.OrderByDescending(file => file.Name.EndsWith(".proof", StringComparison.Ordinal)))
            {
                long length = LengthOf(file);
                if (BucketCache.Remove(file.FullName))
                    freed += length;
            }
        }

        return freed;
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Another process has removed it meanwhile.
            return 0;
        }
    }
}
