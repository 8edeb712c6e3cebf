namespace StellarPipeline.Archive.Buckets;

/// <summary>What came of a step of a bucket's reader.</summary>
internal enum CursorState
{
    /// <summary>It stands at a record.</summary>
    Record,

    /// <summary>The next window has not come yet: wait for it and step again.</summary>
    WindowNeeded,

    /// <summary>The bucket has ended, whole and with the right hash.</summary>
    End,
}
