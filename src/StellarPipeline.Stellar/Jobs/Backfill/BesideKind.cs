namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>How tables that were filled beside the history tables become part of them.</summary>
internal enum BesideKind
{
    /// <summary>Not at all: rows go into the tables as they are.</summary>
    None,

    /// <summary>Each takes the place, and the name, of a plain table that is empty.</summary>
    Swap,

    /// <summary>Each is attached as a partition.</summary>
    Partition,

    /// <summary>Each becomes a chunk of a hypertable.</summary>
    Chunk,
}
