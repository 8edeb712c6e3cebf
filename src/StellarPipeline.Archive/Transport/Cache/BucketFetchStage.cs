namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The stage of a bucket's download.</summary>
public enum BucketFetchStage
{
    /// <summary>Waiting for its turn.</summary>
    Waiting,

    /// <summary>Another process is fetching it.</summary>
    WaitingForOtherProcess,

    /// <summary>It is arriving and being hashed.</summary>
    Arriving,

    /// <summary>The last byte has arrived, and hashing is being completed.</summary>
    Verifying,

    /// <summary>It is in the cache.</summary>
    Done,

    /// <summary>The archive does not contain it.</summary>
    Missing,

    /// <summary>It could not be fetched.</summary>
    Failed,
}
