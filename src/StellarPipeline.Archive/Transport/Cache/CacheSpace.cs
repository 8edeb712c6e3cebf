using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>
/// Keeps the cache within its bound and the disk from filling up: makes room for what is to come, or says how much is missing.
/// </summary>
internal sealed class CacheSpace(CacheLayout layout, BucketCacheOptions options, CacheVolume volume)
{
    private readonly Lock sync = new();
    private readonly List<CacheReservation> reservations = [];

    /// <summary>Makes room for a bucket whose download begins, and keeps it.</summary>
    /// <param name="hash">The bucket.</param>
    /// <param name="bytes">Its size, with what is written already; 0 when that is not known.</param>
    /// <param name="wanted">What for.</param>
    /// <returns>The room; dispose it when nothing more will be written.</returns>
    /// <exception cref="ArchiveException">There is not enough room.</exception>
    public CacheReservation Reserve(Hash256 hash, long bytes, RoomWanted wanted)
    {
        var reservation = new CacheReservation(this, hash, bytes);
        lock (sync)
        {
            MakeRoom([KeyValuePair.Create(hash, bytes)], wanted);
            reservations.Add(reservation);
        }

        return reservation;
    }

    /// <summary>
    /// Makes room for buckets without keeping it. One that arrives already has its room, and what is there of one is not wanted twice.
    /// </summary>
    /// <param name="buckets">The buckets with their sizes; 0 where that is not known.</param>
    /// <param name="wanted">What for.</param>
    /// <exception cref="ArchiveException">There is not enough room.</exception>
    public void Require(IReadOnlyCollection<KeyValuePair<Hash256, long>> buckets, RoomWanted wanted)
    {
        lock (sync)
        {
            if (Measure(buckets).WantedBytes > 0)
                MakeRoom(buckets, wanted);
        }
    }

    /// <summary>Removes what is not in use, least recently used first, until some bytes are freed.</summary>
    /// <returns>Bytes that were freed.</returns>
    public long Evict(long bytes)
    {
        lock (sync)
            return EvictFiles(bytes, []);
    }

    internal void GiveBack(CacheReservation reservation)
    {
        lock (sync)
            reservations.Remove(reservation);
    }

    private void MakeRoom(IReadOnlyCollection<KeyValuePair<Hash256, long>> buckets, RoomWanted wanted)
    {
        Room room = Measure(buckets);
        long missing = Math.Max(MissingInBound(room), MissingOnDisk(room));
        long idle = 0;
        if (missing > 0)
        {
            HashSet<Hash256> kept = [.. buckets.Select(bucket => bucket.Key)];
            idle = IdleBytes(missing, kept);

            // What fits in no case must not cost anybody what is there.
            if (idle >= missing)
            {
                EvictFiles(missing, kept);
                room = Measure(buckets);
                idle = 0;
            }
        }

        if (MissingInBound(room) > idle)
        {
            throw CacheThrow.NoRoomInBound(
                layout.Folder, wanted, room.WantedBytes, options.MaxSizeBytes, room.HeldBytes + room.ReservedBytes - idle);
        }

        if (MissingOnDisk(room) > idle)
        {
            throw CacheThrow.NoRoomOnDisk(
                layout.Folder, wanted, ByteCount.Add(room.WantedBytes, room.ReservedBytes), room.FreeBytes, idle, options.MinFreeBytes);
        }
    }

    private long MissingInBound(Room room) =>
        ByteCount.Add(ByteCount.Add(room.HeldBytes, room.ReservedBytes), room.WantedBytes) - options.MaxSizeBytes;

    private long MissingOnDisk(Room room) =>
        ByteCount.Add(ByteCount.Add(room.ReservedBytes, room.WantedBytes), options.MinFreeBytes) - room.FreeBytes;

    // Downloads write meanwhile. What a bucket still needs is its size less what its file has at one look, so that no byte counts as
    // written and as to come.
    private Room Measure(IReadOnlyCollection<KeyValuePair<Hash256, long>> buckets)
    {
        long free = volume.FreeBytes(layout.Folder) ?? long.MaxValue / 2;
        var held = layout.Files()
            .Where(entry => entry.Kind != CacheFileKind.Proof)
            .GroupBy(entry => entry.Hash, entry => CacheLayout.LengthOf(entry.File))
            .ToDictionary(group => group.Key, group => group.Sum());
        long heldBytes = held.Values.Sum();
        long reservedBytes = 0;
        foreach (CacheReservation reservation in reservations)
            reservedBytes = ByteCount.Add(reservedBytes, ToCome(reservation.Hash, reservation.Bytes));
        long wantedBytes = 0;
        foreach ((Hash256 hash, long bytes) in buckets)
            wantedBytes = ByteCount.Add(wantedBytes, ToCome(hash, bytes));
        return new Room(heldBytes, reservedBytes, wantedBytes, free);

        long ToCome(Hash256 hash, long bytes)
        {
            long there = held.GetValueOrDefault(hash);
            if (bytes <= there)
                return 0;
            held[hash] = bytes;
            return bytes - there;
        }
    }

    // Bytes that can be freed, counted no further than to what is wanted.
    private long IdleBytes(long bytes, HashSet<Hash256> kept)
    {
        long idle = 0;
        foreach (IReadOnlyList<(CacheFileKind Kind, FileInfo File)> own in OldestIdle(kept))
        {
            if ((idle += own.Where(entry => entry.Kind != CacheFileKind.Proof).Sum(entry => CacheLayout.LengthOf(entry.File))) >= bytes)
                break;
        }

        return idle;
    }

    private long EvictFiles(long bytes, HashSet<Hash256> kept)
    {
        long freed = 0;
        foreach (IReadOnlyList<(CacheFileKind Kind, FileInfo File)> own in OldestIdle(kept))
        {
            foreach ((CacheFileKind kind, FileInfo file) in own.OrderByDescending(entry => entry.Kind == CacheFileKind.Proof))
            {
                long length = CacheLayout.LengthOf(file);

                // Proofs are not counted as held either.
                if (!BucketCache.Remove(file.FullName) || kind == CacheFileKind.Proof)
                    continue;
                freed += length;
                ArchiveLog.Evicted(options.Logger, Path.GetFileName(file.Name), length);
            }

            if (freed >= bytes)
                break;
        }

        return freed;
    }

    // The files of each bucket that nobody uses, least recently used first. Nobody begins to use one while the walk stands at it.
    private IEnumerable<IReadOnlyList<(CacheFileKind Kind, FileInfo File)>> OldestIdle(HashSet<Hash256> kept)
    {
        // The proof is touched whenever its bucket is used, so the newest time of a bucket's files is that of its last use.
        foreach (IGrouping<Hash256, (CacheFileKind Kind, FileInfo File)>? own in layout.Files()
            .Where(entry => !kept.Contains(entry.Hash))
            .GroupBy(entry => entry.Hash, entry => (entry.Kind, entry.File))
            .OrderBy(own => own.Max(entry => entry.File.LastWriteTimeUtc)))
        {
            using var held = CacheLock.TryExclusiveToRemove(layout.Lock(own.Key));
            if (held is not null)
                yield return [.. own];
        }
    }

    /// <summary>How full the cache and its disk are at one look.</summary>
    /// <param name="HeldBytes">Bytes in files of buckets.</param>
    /// <param name="ReservedBytes">Bytes that running downloads will still write.</param>
    /// <param name="WantedBytes">Bytes that are asked for beyond both.</param>
    /// <param name="FreeBytes">Free bytes on the disk.</param>
    private readonly record struct Room(long HeldBytes, long ReservedBytes, long WantedBytes, long FreeBytes);
}
