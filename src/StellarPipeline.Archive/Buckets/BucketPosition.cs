namespace StellarPipeline.Archive.Buckets;

/// <summary>The position of a bucket in its list.</summary>
/// <param name="List">The list.</param>
/// <param name="Level">The level, 0 (newest) to 10.</param>
/// <param name="IsSnap">True for the level's <c>snap</c>, false for its <c>curr</c>, which is newer.</param>
public readonly record struct BucketPosition(BucketListKind List, int Level, bool IsSnap)
{
    /// <summary>Age within the list: 0 for <c>0.curr</c>, the newest, to 21 for <c>10.snap</c>, the oldest.</summary>
    public int AgeIndex => (2 * Level) + (IsSnap ? 1 : 0);

    /// <summary>Text for messages, such as <c>live level 3 snap</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{(List == BucketListKind.Live ? "live" : "hot-archive")} level {Level} {(IsSnap ? "snap" : "curr")}");
}
