using Microsoft.Win32.SafeHandles;
using StellarPipeline.Dataflow.Files;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>A folder of buckets that were fetched and verified, named by their hashes.</summary>
/// <remarks>
/// A bucket arrives under a temporary name, is hashed while it arrives, and gets its own name only when it is right and on the disk; a
/// proof beside it says so. Several processes may share the folder: each bucket is fetched by one of them, and one that is in use is never
/// removed. An interrupted download is resumed. Safe for use by several callers at once.
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
    /// The folder that is used when none is named: <c>buckets</c> in the program's folder below the user's folder for caches (XDG Base
    /// Directory Specification).
    /// </summary>
    /// <param name="application">The program, as <see cref="BucketCacheOptions.Application"/>.</param>
    /// <exception cref="ArchiveException">The user has no such folder (kind usage, code CACHE_UNUSABLE).</exception>
    public static string DefaultFolder(string application) => DefaultFolderOf(application, Environment.GetEnvironmentVariable);

    /// <summary>The cache's folder.</summary>
    public string Folder => Layout.Folder;

    internal BucketCacheOptions Options { get; }

    internal CacheVolume Volume { get; }

    internal CacheLayout Layout { get; }

    internal CacheSpace Space { get; }

    /// <summary>Opens a cache: makes its folder where there is none, and removes what stopped downloads left long ago.</summary>
    /// <param name="folder">The folder; null for <see cref="DefaultFolder"/> of <see cref="BucketCacheOptions.Application"/>.</param>
    /// <param name="options">Its bounds; null for the defaults.</param>
    /// <param name="timeProvider">Tells how old files are; null for the system's clock.</param>
    /// <returns>The cache.</returns>
    /// <exception cref="ArchiveException">The folder cannot be used, or an option is out of range (kind usage).</exception>
    public static BucketCache Open(string? folder = null, BucketCacheOptions? options = null, TimeProvider? timeProvider = null) =>
        Open(folder, options, timeProvider, new CacheVolume());

    /// <summary>True when a bucket was fetched and verified, and its file has still the size that it had then.</summary>
    /// <param name="hash">The bucket.</param>
    public bool Contains(Hash256 hash) => ReadProof(hash) is not null;

    /// <summary>What the cache holds, bucket by bucket, least recently used first.</summary>
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

    /// <summary>Removes buckets that nobody uses, least recently used first, until some bytes are free.</summary>
    /// <param name="bytes">Bytes to free.</param>
    /// <returns>Bytes that were freed.</returns>
    public long Prune(long bytes) => bytes <= 0 ? 0 : Space.Evict(bytes);

    /// <summary>Counts what the cache holds.</summary>
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
            throw CacheThrow.FolderUnusable(place, new IOException($"{danger}, so that others could have files of yours overwritten."));
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

    /// <summary>Takes hold of a bucket that is there.</summary>
    /// <param name="hash">The bucket.</param>
    /// <param name="isBusy">True when somebody is fetching or removing it at this moment.</param>
    /// <returns>The bucket, or null when it is not there, or busy.</returns>
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

    /// <summary>Takes a bucket for oneself, to fetch it.</summary>
    /// <returns>The lock, or null when somebody has it.</returns>
    internal CacheLock? TryLock(Hash256 hash) => CacheLock.TryExclusive(Layout.Lock(hash));

    /// <summary>
    /// Finds what is there of a bucket that is not proved: a whole file without its proof, or the largest part. Only for the holder of the
    /// lock.
    /// </summary>
    /// <returns>The file under a new temporary name, or null when there is nothing.</returns>
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

    /// <summary>Bytes that are there of a bucket which is not proved; 0 when there is nothing.</summary>
    internal long LeftoverBytes(Hash256 hash)
    {
        var data = new FileInfo(Layout.Data(hash));
        return data.Exists ? data.Length : Layout.Parts(hash).Select(CacheLayout.LengthOf).DefaultIfEmpty(0).Max();
    }

    /// <summary>Writes a proof; from now on the bucket is in the cache. Only for the holder of the lock.</summary>
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

    /// <summary>Opens a file of the cache to be read, whatever others do with it meanwhile.</summary>
    internal static SafeFileHandle OpenToRead(string file) =>
        File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Removes a file if that is possible.</summary>
    /// <returns>True when it was removed.</returns>
    internal static bool Remove(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It stays for the next sweep.
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
            // A cache of another user can be read; it just does not learn what was used.
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

            // Whoever is still writing it has the lock.
            using var held = CacheLock.TryExclusiveToRemove(Layout.Lock(hash));
            if (held is not null)
                Remove(file.FullName);
        }
    }
}
