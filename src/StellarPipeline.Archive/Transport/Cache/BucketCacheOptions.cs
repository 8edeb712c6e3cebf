using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Buckets;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Limits of the bucket cache.</summary>
public sealed record BucketCacheOptions
{
    /// <summary>Name of the program's folder in the user's cache directory, for when no folder is given.</summary>
    /// <value>A folder name. Default <c>pipeline</c>.</value>
    public string Application { get; init; } = "pipeline";

    /// <summary>Size limit of the cache; the least recently used buckets are removed first.</summary>
    /// <value>Bytes, at least 1. Default 50 GiB: enough for many checkpoints of the public network, whose large buckets stay the same for
    /// weeks.</value>
    public long MaxSizeBytes { get; init; } = 50L * 1024 * 1024 * 1024;

    /// <summary>Disk space that must stay free.</summary>
    /// <value>Bytes, at least 0. Default 256 MiB.</value>
    public long MinFreeBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How long the part of a bucket left by an interrupted download is kept, so that it can be resumed.</summary>
    /// <value>0 to 365 days. Default 7 days.</value>
    public TimeSpan LeftoverAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Size limit of an uncompressed bucket. A larger stored file is not accepted either.</summary>
    /// <value>Bytes, at least 1. Default: that of <see cref="ArchiveReadOptions.MaxBucketBytes"/>.</value>
    public long MaxBucketBytes { get; init; } = new ArchiveReadOptions().MaxBucketBytes;

    /// <summary>How often to check whether another process has finished fetching a bucket.</summary>
    /// <value>1 ms to 1 day. Default 0.5 s.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Receives log events 3000 to 3999.</summary>
    /// <value>Default: no logging.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Throws if any value is out of range; the error lists all of them.</summary>
    /// <exception cref="ArchiveException">At least one value is out of range (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var check = new OptionsCheck();
        check.Require(Application.Length > 0 && Path.GetFileName(Application) == Application && Application is not ("." or ".."),
            $"{nameof(Application)} is \"{Application}\"; it must be the name of a folder");
        check.Require(nameof(MaxSizeBytes), MaxSizeBytes, 1, long.MaxValue);
        check.Require(nameof(MinFreeBytes), MinFreeBytes, 0, long.MaxValue / 4);
        check.Require(nameof(LeftoverAge), LeftoverAge, TimeSpan.Zero, TimeSpan.FromDays(365));
        check.Require(nameof(MaxBucketBytes), MaxBucketBytes, 1, long.MaxValue);
        check.Require(nameof(PollInterval), PollInterval, OptionsCheck.ShortestTimeout);
        check.ThrowIfAny();
    }
}
