namespace StellarPipeline.Generator.Writing;

/// <summary>One bucket's place in an archive.</summary>
/// <param name="HotArchive">Whether it belongs to the hot archive's list.</param>
/// <param name="Level">0 (newest) to 10.</param>
/// <param name="IsSnap">Whether it is the level's snapshot.</param>
/// <param name="File">Its file.</param>
public sealed record WrittenBucket(bool HotArchive, int Level, bool IsSnap, BucketFile File);
