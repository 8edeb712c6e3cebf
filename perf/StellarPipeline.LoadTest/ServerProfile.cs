namespace StellarPipeline.LoadTest;

/// <summary>How the private server is set up.</summary>
internal enum ServerProfile
{
    /// <summary>What initdb writes, but shared_buffers 1 GB and autovacuum off: an operator's server, and repeatable.</summary>
    Stock,

    /// <summary>As the command line starts its own private server, durable.</summary>
    Product,
}
