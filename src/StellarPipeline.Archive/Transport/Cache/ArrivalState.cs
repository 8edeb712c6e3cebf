namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>How far a bucket has arrived.</summary>
internal readonly record struct ArrivalState
{
    /// <summary>Grows with every change.</summary>
    public long Version { get; init; }

    /// <summary>
    /// Number of the attempt at the file, from 1; 0 before the first. Bytes of different attempts do not belong together.
    /// </summary>
    public int Generation { get; init; }

    /// <summary>Stored bytes available to readers.</summary>
    public long Bytes { get; init; }

    /// <summary>Stored bytes of the whole bucket; null if unknown.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>The current stage.</summary>
    public BucketFetchStage Stage { get; init; }

    /// <summary>True once the last byte has arrived.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The error that ended the download; null for none.</summary>
    public Exception? Failure { get; init; }
}
