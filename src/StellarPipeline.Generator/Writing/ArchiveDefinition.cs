namespace StellarPipeline.Generator.Writing;

/// <summary>An archive to write: settings and the records of each bucket.</summary>
internal sealed record ArchiveDefinition
{
    /// <summary>Levels of a bucket list.</summary>
    public const int LevelCount = 11;

    /// <summary>The settings of the archive, apart from its buckets.</summary>
    public ArchiveSettings Settings { get; init; } = new();

    /// <summary>The live bucket list, level 0 (newest) first. Missing levels are empty; more than 11 are written too.</summary>
    public IReadOnlyList<LevelBuckets> Levels { get; init; } = [];

    /// <summary>The hot archive's bucket list. Written from protocol 23 on, or if it is not null.</summary>
    public IReadOnlyList<LevelBuckets>? HotArchiveLevels { get; init; }

    /// <summary>
    /// True (default) starts every bucket with the metadata record of <see cref="ArchiveSettings.Protocol"/> (none before 11); false writes
    /// only the given records.
    /// </summary>
    public bool AddMetadata { get; init; } = true;

    /// <summary>An archive with all records in one bucket.</summary>
    /// <param name="records">Records in key order.</param>
    /// <param name="level">The level whose current bucket has the records.</param>
    /// <returns>The definition.</returns>
    public static ArchiveDefinition OfOneBucket(IEnumerable<BucketRecord> records, int level = 10)
    {
        var levels = new LevelBuckets[LevelCount];
        Array.Fill(levels, new LevelBuckets());
        levels[level] = new LevelBuckets(records);
        return new ArchiveDefinition { Levels = levels };
    }
}
