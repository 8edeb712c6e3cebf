namespace StellarPipeline.Generator.Writing;

/// <summary>An archive to write: settings and the records of each bucket.</summary>
internal sealed record ArchiveDefinition
{
    /// <summary>Levels of a bucket list.</summary>
    public const int LevelCount = 11;

    /// <summary>What the archive says about itself.</summary>
    public ArchiveSettings Settings { get; init; } = new();

    /// <summary>The live bucket list, level 0 (newest) first. Missing levels are empty; more than 11 are written too.</summary>
    public IReadOnlyList<LevelBuckets> Levels { get; init; } = [];

    /// <summary>The hot archive's bucket list. Written from protocol 23 on, or where it is not null.</summary>
    public IReadOnlyList<LevelBuckets>? HotArchiveLevels { get; init; }

    /// <summary>
    /// True opens every bucket with the metadata record of <see cref="ArchiveSettings.Protocol"/> (none before 11); false leaves that to
    /// the sequences.
    /// </summary>
    public bool AddMetadata { get; init; } = true;

    /// <summary>An archive whose records all lie in one bucket.</summary>
    /// <param name="records">Records in key order.</param>
    /// <param name="level">The level whose current bucket holds them.</param>
    /// <returns>The definition.</returns>
    public static ArchiveDefinition OfOneBucket(IEnumerable<BucketRecord> records, int level = 10)
    {
        var levels = new LevelBuckets[LevelCount];
        Array.Fill(levels, new LevelBuckets());
        levels[level] = new LevelBuckets(records);
        return new ArchiveDefinition { Levels = levels };
    }
}
