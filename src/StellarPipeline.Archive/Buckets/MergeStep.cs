namespace StellarPipeline.Archive.Buckets;

/// <summary>Why a merge paused.</summary>
internal enum MergeStep
{
    /// <summary>A bucket's next window has not arrived.</summary>
    WindowNeeded,

    /// <summary>The chunk is full: hand it over.</summary>
    ChunkFull,

    /// <summary>Every bucket has ended.</summary>
    Finished,
}
