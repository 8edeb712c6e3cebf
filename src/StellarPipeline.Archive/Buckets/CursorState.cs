namespace StellarPipeline.Archive.Buckets;

/// <summary>The result of one step of a bucket's reader.</summary>
internal enum CursorState
{
    /// <summary>The reader is at a record.</summary>
    Record,

    /// <summary>The next window has not arrived: wait for it and step again.</summary>
    WindowNeeded,

    /// <summary>The bucket has ended, complete and with the right hash.</summary>
    End,
}
