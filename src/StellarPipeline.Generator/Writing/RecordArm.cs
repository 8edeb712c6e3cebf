namespace StellarPipeline.Generator.Writing;

/// <summary>The arms of BucketEntry; HotArchiveBucketEntry uses the same numbers with other names.</summary>
public enum RecordArm
{
    /// <summary>METAENTRY, HOT_ARCHIVE_METAENTRY.</summary>
    Meta = -1,

    /// <summary>LIVEENTRY (updated), HOT_ARCHIVE_ARCHIVED.</summary>
    Live = 0,

    /// <summary>DEADENTRY (tombstone), HOT_ARCHIVE_LIVE.</summary>
    Dead = 1,

    /// <summary>INITENTRY (created).</summary>
    Init = 2,
}
