using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>
/// Keeps the cache within its size limit and the disk from filling up: makes room for new files, or reports how much is missing.
/// </summary>
internal sealed class CacheSpace(CacheLayout layout, BucketCacheOptions options, CacheVolume volume)
{
    private readonly Lock sync = new();
    private readonly List<CacheReservation> reservations = [];

    /// <summary>Makes room for a bucket whose download starts, and reserves it.</summary>
    /// <param name="hash">The bucket.</param>
    /// <param name="bytes">Its size in bytes, including those already written; 0 if unknown.</param>
    /// <param name="wanted">What the room is for.</param>
    /// <returns>The reservation; dispose it when nothing more will be written.</returns>
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
    /// Makes room for buckets without reserving it. An arriving bucket already has its room, and the bytes of its file are not counted
    /// twice.
    /// </summary>
    /// <param name="buckets">The buckets with their sizes in bytes; 0 if unknown.</param>
    /// <param name="wanted">What the room is for.</param>
    /// <exception cref="ArchiveException">There is not enough room.</exception>
    public void Require(IReadOnlyCollection<KeyValuePair<Hash256, long>> buckets, RoomWanted wanted)
    {
        lock (sync)
        {
            if (Measure(buckets).WantedBytes > 0)
                MakeRoom(buckets, wanted);
        }
    }

    /// <summary>Removes unused files, least recently used first, until the given number of bytes is freed.</summary>
    /// <returns>Number of bytes freed.</returns>
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

            // If the room cannot suffice anyway, remove nothing.
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

    // Downloads write meanwhile. A bucket still needs its size minus the size of its file, both read at one moment, so that no byte counts
    // as written and as expected.
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

    // Bytes that can be freed, counted only up to the wanted number.
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

                // Proofs do not count as held either.
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

    // The files of each unused bucket, least recently used first. Each is locked during its iteration, so its use cannot begin.
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

    /// <summary>The state of the cache and its disk at one moment.</summary>
    /// <param name="HeldBytes">Bytes in files of buckets.</param>
    /// <param name="ReservedBytes">Bytes that running downloads will still write.</param>
    /// <param name="WantedBytes">Bytes requested in addition to both.</param>
    /// <param name="FreeBytes">Free bytes on the disk.</param>
    private readonly record struct Room(long HeldBytes, long ReservedBytes, long WantedBytes, long FreeBytes);
}
