using StellarPipeline.Archive.Buckets;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A history archive state ("HAS"): which buckets make up the state of one checkpoint.</summary>
/// <remarks>Format: stellar-core src/history/HistoryArchive.h, versions 1 and 2. Created by <see cref="ArchiveStateParser"/>.</remarks>
public sealed class ArchiveState
{
    /// <summary>Number of levels of a bucket list: 11.</summary>
    public const int LevelCount = 11;

    internal ArchiveState(
        int version,
        uint currentLedger,
        string? networkPassphrase,
        string? server,
        IReadOnlyList<BucketLevel> liveLevels,
        IReadOnlyList<BucketLevel> hotArchiveLevels)
    {
        Version = version;
        CurrentLedger = currentLedger;
        NetworkPassphrase = networkPassphrase;
        Server = server;
        LiveLevels = liveLevels;
        HotArchiveLevels = hotArchiveLevels;
    }

    /// <summary>1: live list only. 2: live and hot-archive list (protocol 23 and later).</summary>
    public int Version { get; }

    /// <summary>The checkpoint's ledger; 0 if the archive has not published a checkpoint yet.</summary>
    public uint CurrentLedger { get; }

    /// <summary>The network's passphrase. Null in old archives that do not name it (version 1 only).</summary>
    public string? NetworkPassphrase { get; }

    /// <summary>The software that wrote the state, for information; null if it is not named.</summary>
    public string? Server { get; }

    /// <summary>The eleven levels of the live list, newest first.</summary>
    public IReadOnlyList<BucketLevel> LiveLevels { get; }

    /// <summary>The eleven levels of the hot-archive list, newest first; empty in version 1.</summary>
    public IReadOnlyList<BucketLevel> HotArchiveLevels { get; }

    /// <summary>The buckets of a list that have a file, newest first. A hash may occur more than once.</summary>
    /// <param name="list">The list.</param>
    public IReadOnlyList<BucketReference> Buckets(BucketListKind list)
    {
        IReadOnlyList<BucketLevel> levels = list == BucketListKind.Live ? LiveLevels : HotArchiveLevels;
        var buckets = new List<BucketReference>(2 * levels.Count);
        for (int level = 0; level < levels.Count; level++)
        {
            Add(new BucketPosition(list, level, IsSnap: false), levels[level].Curr);
            Add(new BucketPosition(list, level, IsSnap: true), levels[level].Snap);
        }

        return buckets;

        void Add(BucketPosition position, Hash256 hash)
        {
            if (!hash.IsZero)
                buckets.Add(new BucketReference(position, hash));
        }
    }
}
