namespace StellarPipeline.LoadTest.Layers;

/// <summary>What becomes of keys and indexes during a server-side COPY.</summary>
internal enum KeyHandling
{
    /// <summary>Primary keys and indexes in place; foreign keys not checked (session_replication_role = replica).</summary>
    Kept,

    /// <summary>As <see cref="Kept"/>, the empty tables truncated first in the same transaction.</summary>
    KeptTruncated,

    /// <summary>Dropped before the time starts and not made again.</summary>
    None,

    /// <summary>As <see cref="None"/>, and the tables write no log.</summary>
    NoneUnlogged,

    /// <summary>Dropped in the transaction and made again after the rows, foreign keys validated.</summary>
    Rebuilt,
}
