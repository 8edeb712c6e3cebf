using Microsoft.Win32.SafeHandles;
using StellarPipeline.Dataflow.Files;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A folder of fetched and verified buckets, named by their hashes.</summary>
/// <remarks>
/// A bucket is written under a temporary name and hashed while it arrives. It gets its own name only when it is verified and flushed to
/// disk; a proof file next to it records this. Several processes may share the folder: one of them fetches a given bucket, and a bucket in
/// use is never removed. Interrupted downloads are resumed. Thread-safe.
/// </remarks>
public sealed class BucketCache
{
    private readonly TimeProvider timeProvider;

    private BucketCache(string folder, BucketCacheOptions options, CacheVolume volume, TimeProvider timeProvider)
    {
        this.timeProvider = timeProvider;
        Options = options;
        Volume = volume;
        Layout = new CacheLayout(folder);
        Space = new CacheSpace(Layout, options, volume);
    }

    /// <summary>
    /// The default folder: <c>buckets</c> in the program's folder in the user's cache directory (XDG Base Directory Specification).
    /// </summary>
    /// <param name="application">The program's name, as in <see cref="BucketCacheOptions.Application"/>.</param>
    /// <exception cref="ArchiveException">The user has no cache directory (kind usage, code CACHE_UNUSABLE).</exception>
    public static string DefaultFolder(string application) => DefaultFolderOf(application, Environment.GetEnvironmentVariable);

    /// <summary>The cache's folder.</summary>
    public string Folder => Layout.Folder;

    internal BucketCacheOptions Options { get; }

    internal CacheVolume Volume { get; }

    internal CacheLayout Layout { get; }

    internal CacheSpace Space { get; }

    /// <summary>Opens a cache: creates its folder if it does not exist, and removes old leftovers of interrupted downloads.</summary>
    /// <param name="folder">The folder; null for <see cref="DefaultFolder"/> of <see cref="BucketCacheOptions.Application"/>.</param>
    /// <param name="options">Its limits; null for the defaults.</param>
    /// <param name="timeProvider">Clock for the age of files; null for the system's clock.</param>
    /// <returns>The cache.</returns>
    /// <exception cref="ArchiveException">The folder cannot be used, or an option is out of range (kind usage).</exception>
    public static BucketCache Open(string? folder = null, BucketCacheOptions? options = null, TimeProvider? timeProvider = null) =>
        Open(folder, options, timeProvider, new CacheVolume());

    /// <summary>True if a bucket was fetched and verified, and its file still has the same size.</summary>
    /// <param name="hash">The bucket.</param>
    public bool Contains(Hash256 hash) => ReadProof(hash) is not null;

    /// <summary>Lists the buckets in the cache, least recently used first.</summary>
    public IReadOnlyList<CachedBucket> List() =>
    [
        .. Layout.Files().Where(entry => entry.File.Exists).GroupBy(entry => entry.Hash)
            .Select(own => new CachedBucket(
                own.Key,
                own.Where(entry => entry.Kind != CacheFileKind.Proof).Sum(entry => CacheLayout.LengthOf(entry.File)),
                own.Max(entry => entry.File.LastWriteTimeUtc),
                own.Any(entry => entry.Kind == CacheFileKind.Data)))
            .OrderBy(bucket => bucket.LastUsed),
    ];

    /// <summary>Removes unused buckets, least recently used first, until the given number of bytes is free.</summary>
    /// <param name="bytes">Number of bytes to free.</param>
    /// <returns>Number of bytes freed.</returns>
    public long Prune(long bytes) => bytes <= 0 ? 0 : Space.Evict(bytes);

    /// <summary>Counts the contents of the cache.</summary>
    public BucketCacheContent Measure()
    {
        int buckets = 0;
        long bucketBytes = 0;
        int parts = 0;
        long partBytes = 0;
        foreach ((_, CacheFileKind kind, FileInfo file) in Layout.Files())
        {
            if (!file.Exists || kind == CacheFileKind.Proof)
                continue;
            if (kind == CacheFileKind.Data)
                (buckets, bucketBytes) = (buckets + 1, bucketBytes + file.Length);
            else
                (parts, partBytes) = (parts + 1, partBytes + file.Length);
        }

        return new BucketCacheContent(buckets, bucketBytes, parts, partBytes);
    }

    internal static BucketCache Open(string? folder, BucketCacheOptions? options, TimeProvider? timeProvider, CacheVolume volume)
    {
        options ??= new BucketCacheOptions();
        options.Validate();
        if (folder is not null && string.IsNullOrWhiteSpace(folder))
            throw CacheThrow.FolderUnusable("\"\"", new IOException("its name is empty."));
        string place = Path.GetFullPath(folder ?? DefaultFolder(options.Application));
        if (FolderTrust.FindDanger(place, ownersOnly: true) is { } danger)
            throw CacheThrow.FolderUnusable(place, new IOException($"{danger}, so others could make you overwrite your files."));
        var cache = new BucketCache(place, options, volume, timeProvider ?? TimeProvider.System);
        try
        {
            Directory.CreateDirectory(place);
            Directory.CreateDirectory(cache.Layout.LockFolder);
            cache.Sweep();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FolderUnusable(place, error);
        }

        return cache;
    }

    internal static string DefaultFolderOf(string application, Func<string, string?> variable)
    {
        string? home = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : variable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(home) || !Path.IsPathFullyQualified(home))
        {
            string? user = variable("HOME");
            if (string.IsNullOrEmpty(user))
                throw CacheThrow.NoDefaultFolder();
            home = Path.Combine(user, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache");
        }

        return Path.Combine(home, application, "buckets");
    }

    /// <summary>Pins a bucket in the cache.</summary>
    /// <param name="hash">The bucket.</param>
    /// <param name="isBusy">True if it is being fetched or removed at the moment.</param>
    /// <returns>The bucket, or null if it is not in the cache, or busy.</returns>
    internal BucketPin? TryPin(Hash256 hash, out bool isBusy)
    {
        var held = CacheLock.TryShared(Layout.Lock(hash));
        isBusy = held is null;
        if (held is null)
            return null;
        if (ReadProof(hash) is not { } proof)
        {
            held.Dispose();
            return null;
        }

        Touch(Layout.Proof(hash));
        return new BucketPin(this, hash, proof, held);
    }

    /// <summary>Locks a bucket in order to fetch it.</summary>
    /// <returns>The lock, or null if another holder has it.</returns>
    internal CacheLock? TryLock(Hash256 hash) => CacheLock.TryExclusive(Layout.Lock(hash));

    /// <summary>
    /// Finds an unproved file of a bucket: a complete file without its proof, or the largest part. Only for the holder of the lock.
    /// </summary>
    /// <returns>The file under a new temporary name, or null if there is none.</returns>
    internal CachePart? TakeLeftover(Hash256 hash)
    {
        try
        {
            var data = new FileInfo(Layout.Data(hash));
            List<FileInfo> found = [.. Layout.Parts(hash).OrderByDescending(part => part.Length)];
            FileInfo? best =
                data.Exists && GuardedFile.IsOurs(data) && data.Length > 0 ? data : found.FirstOrDefault(part => part.Length > 0);
            CachePart? leftover = null;
            if (best is not null)
            {
                leftover = new CachePart(Layout.NewPart(hash), best.Length, IsWhole: best == data);
                File.Move(best.FullName, leftover.Path);
            }

            foreach (FileInfo other in found.Where(part => part != best))
                Remove(other.FullName);
            return leftover;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(Layout.Data(hash), error);
        }
    }

    /// <summary>Size in bytes of an unproved file of a bucket; 0 if there is none.</summary>
    internal long LeftoverBytes(Hash256 hash)
    {
        var data = new FileInfo(Layout.Data(hash));
        return data.Exists ? data.Length : Layout.Parts(hash).Select(CacheLayout.LengthOf).DefaultIfEmpty(0).Max();
    }

    /// <summary>Writes a proof, which adds the bucket to the cache. Only for the holder of the lock.</summary>
    internal void WriteProof(Hash256 hash, BucketProof proof)
    {
        string file = Layout.Proof(hash);
        string temporary = Layout.NewTemporary(hash);
        try
        {
            using (var proofFile = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write)) proofFile.Write(proof.ToBytes(hash));
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            if (CacheVolume.IsFull(error))
                throw CacheThrow.DiskFull(file, 0, null, error);
            throw CacheThrow.FileUnusable(file, error);
        }
    }

    /// <summary>Opens a file of the cache for reading, allowing others to rename or remove it meanwhile.</summary>
    internal static SafeFileHandle OpenToRead(string file) =>
        File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Removes a file if possible.</summary>
    /// <returns>True if it was removed.</returns>
    internal static bool Remove(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next sweep removes it.
            return false;
        }
    }

    private BucketProof? ReadProof(Hash256 hash)
    {
        try
        {
            var data = new FileInfo(Layout.Data(hash));
            if (!data.Exists || !GuardedFile.IsOurs(data) || !File.Exists(Layout.Proof(hash)))
                return null;
            var proof = BucketProof.Parse(File.ReadAllBytes(Layout.Proof(hash)), hash);
            return proof?.StoredBytes == data.Length ? proof : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CacheThrow.FileUnusable(Layout.Proof(hash), error);
        }
    }

    private void Touch(string file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, timeProvider.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A cache of another user can be read, but its last use cannot be recorded.
        }
    }

    private void Sweep()
    {
        DateTime oldest = timeProvider.GetUtcNow().UtcDateTime - Options.LeftoverAge;
        foreach ((Hash256 hash, CacheFileKind kind, FileInfo file) in Layout.Files().ToList())
        {
            bool isOrphan = kind == CacheFileKind.Proof && !File.Exists(Layout.Data(hash));
            bool isOld = kind == CacheFileKind.Part && file.LastWriteTimeUtc < oldest;
            if (!isOrphan && !isOld)
                continue;

            // A process that is still writing it holds the lock.
            using var held = CacheLock.TryExclusiveToRemove(Layout.Lock(hash));
            if (held is not null)
                Remove(file.FullName);
        }
    }
}
