using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>A history archive in a folder of its own, removed at the end.</summary>
internal sealed class TestArchive : IDisposable
{
    private TestArchive(string folder, WrittenArchive written)
    {
        Folder = folder;
        Written = written;
    }

    public string Folder { get; }

    public WrittenArchive Written { get; set; }

    public uint Checkpoint => Written.Settings.CheckpointLedger;

    public static TestArchive Write(ArchiveDefinition definition)
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-archive-").FullName;
        return new TestArchive(folder, ArchiveWriter.Write(folder, definition));
    }

    /// <summary>An archive with the given buckets, newest first: 0.curr, 0.snap, 1.curr and so on; null is an empty bucket.</summary>
    public static TestArchive OfBuckets(ArchiveSettings? settings, bool addMetadata, params IEnumerable<BucketRecord>?[] buckets)
    {
        var levels = new LevelBuckets[ArchiveDefinition.LevelCount];
        for (int level = 0; level < levels.Length; level++)
            levels[level] = new LevelBuckets(buckets.ElementAtOrDefault(2 * level), buckets.ElementAtOrDefault((2 * level) + 1));
        return Write(new ArchiveDefinition { Settings = settings ?? new ArchiveSettings(), Levels = levels, AddMetadata = addMetadata });
    }

    public static TestArchive OfBuckets(params IEnumerable<BucketRecord>?[] buckets) => OfBuckets(null, true, buckets);

    /// <summary>A folder with other content, to be damaged.</summary>
    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public HistoryArchive Open(HistoryArchiveOptions? options = null) =>
        HistoryArchive.Open(
            Folder, options ?? new HistoryArchiveOptions { Schedule = new CheckpointSchedule((int)Written.Settings.CheckpointFrequency) });

    public async Task<CheckpointProof> ProveAsync(HistoryArchiveOptions? options = null) =>
        await Open(options).OpenCheckpointAsync(Checkpoint);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
