namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>What is being done about a bucket.</summary>
public enum BucketFetchStage
{
    /// <summary>It waits for its turn.</summary>
    Waiting,

    /// <summary>Another process is fetching it.</summary>
    WaitingForOtherProcess,

    /// <summary>It is arriving, and being hashed.</summary>
    Arriving,

    /// <summary>The last byte is there, and the hash is being finished.</summary>
    Verifying,

    /// <summary>It is in the cache.</summary>
    Done,

    /// <summary>The archive has no such file.</summary>
    Missing,

    /// <summary>It could not be fetched.</summary>
    Failed,
}
