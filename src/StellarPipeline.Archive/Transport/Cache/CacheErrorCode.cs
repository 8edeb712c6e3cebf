namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The values of <see cref="ArchiveException.Code"/> for errors of the bucket cache itself.</summary>
public static class CacheErrorCode
{
    /// <summary>The cache's folder cannot be found, created, read or written.</summary>
    public const string Unusable = "CACHE_UNUSABLE";

    /// <summary>The disk does not have enough room for the files to fetch.</summary>
    public const string DiskFull = "CACHE_DISK_FULL";

    /// <summary>The size limit of the cache is too small for the files to fetch.</summary>
    public const string TooSmall = "CACHE_TOO_SMALL";

    /// <summary>A file of the cache has changed since it was verified.</summary>
    public const string Damaged = "CACHE_DAMAGED";

    /// <summary>
    /// A bucket that was read while it arrived turned out to be wrong, and a copy from another location replaced it: discard everything
    /// read so far.
    /// </summary>
    public const string Replaced = "CACHE_REPLACED";

    /// <summary>A file is not in the cache, and offline no other source may be used.</summary>
    public const string OfflineMissing = "OFFLINE_MISSING";
}
