namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>How far a bucket has arrived.</summary>
internal readonly record struct ArrivalState
{
    /// <summary>Grows with every change.</summary>
    public long Version { get; init; }

    /// <summary>
    /// Which attempt at the file this is, from 1; 0 before the first. Bytes of different attempts do not belong together.
    /// </summary>
    public int Generation { get; init; }

    /// <summary>Stored bytes that can be read.</summary>
    public long Bytes { get; init; }

    /// <summary>Stored bytes of the whole bucket; null while that is not known.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>What is being done.</summary>
    public BucketFetchStage Stage { get; init; }

    /// <summary>True once the last byte is there.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What ended the download; null while nothing has.</summary>
    public Exception? Failure { get; init; }
}
