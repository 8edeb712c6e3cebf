namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The values of <see cref="ArchiveException.Code"/> that the bucket cache gives, beside those of what it reads from.</summary>
public static class CacheErrorCode
{
    /// <summary>The cache's folder cannot be found, made, read or written.</summary>
    public const string Unusable = "CACHE_UNUSABLE";

    /// <summary>The disk has no room for what must be fetched.</summary>
    public const string DiskFull = "CACHE_DISK_FULL";

    /// <summary>The cache may not become as large as what must be fetched.</summary>
    public const string TooSmall = "CACHE_TOO_SMALL";

    /// <summary>A file of the cache is not what it was when it was verified.</summary>
    public const string Damaged = "CACHE_DAMAGED";

    /// <summary>
    /// A bucket that was being read while it arrived turned out wrong, and a copy from another place took its place: what was read so far
    /// is void.
    /// </summary>
    public const string Replaced = "CACHE_REPLACED";

    /// <summary>A file is not in the cache, and nothing else may be used.</summary>
    public const string OfflineMissing = "OFFLINE_MISSING";
}
