namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>How separate tables become part of the history tables.</summary>
internal enum BesideKind
{
    /// <summary>There are none: rows are written into the history tables directly.</summary>
    None,

    /// <summary>Each replaces an empty plain table and takes its name.</summary>
    Swap,

    /// <summary>Each is attached as a partition.</summary>
    Partition,

    /// <summary>Each becomes a chunk of a hypertable.</summary>
    Chunk,
}
