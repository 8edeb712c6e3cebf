namespace StellarPipeline.LoadTest;

/// <summary>The settings of the private server.</summary>
internal enum ServerProfile
{
    /// <summary>The settings of initdb, but shared_buffers 1 GB and autovacuum off: like an operator's server, and repeatable.</summary>
    Stock,

    /// <summary>The settings of the command line's own private server, durable.</summary>
    Product,
}
