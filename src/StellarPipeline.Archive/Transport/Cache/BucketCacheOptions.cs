using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Buckets;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Bounds of the bucket cache.</summary>
public sealed record BucketCacheOptions
{
    /// <summary>The program whose folder below the user's folder for caches is used when no folder is named.</summary>
    /// <value>A folder's name. Default <c>pipeline</c>.</value>
    public string Application { get; init; } = "pipeline";

    /// <summary>Most bytes of buckets that the cache may hold; buckets that were not used for the longest time go first.</summary>
    /// <value>Bytes, at least 1. Default 50 GiB: many checkpoints of the public network, whose large buckets are the same for
    /// weeks.</value>
    public long MaxSizeBytes { get; init; } = 50L * 1024 * 1024 * 1024;

    /// <summary>Bytes of the disk that must stay free.</summary>
    /// <value>Bytes, at least 0. Default 256 MiB.</value>
    public long MinFreeBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How long the part of a bucket that a stopped download left behind is kept, to go on with it.</summary>
    /// <value>0 to 365 days. Default 7 days.</value>
    public TimeSpan LeftoverAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Largest bucket that is accepted, uncompressed. No stored file may be larger either.</summary>
    /// <value>Bytes, at least 1. Default that of <see cref="ArchiveReadOptions.MaxBucketBytes"/>.</value>
    public long MaxBucketBytes { get; init; } = new ArchiveReadOptions().MaxBucketBytes;

    /// <summary>How often it is looked whether another process has fetched a bucket that it is busy with.</summary>
    /// <value>1 ms to 1 day. Default 0.5 s.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Where evictions and the like are told, as events 3000 to 3999.</summary>
    /// <value>Default: nowhere.</value>
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
