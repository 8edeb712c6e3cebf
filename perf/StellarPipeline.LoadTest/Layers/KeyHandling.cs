namespace StellarPipeline.LoadTest.Layers;

/// <summary>The state of keys and indexes during a server-side COPY.</summary>
internal enum KeyHandling
{
    /// <summary>Primary keys and indexes in place; foreign keys not checked (session_replication_role = replica).</summary>
    Kept,

    /// <summary>As <see cref="Kept"/>, but the empty tables are truncated first in the same transaction.</summary>
    KeptTruncated,

    /// <summary>Dropped before the measurement and not created again.</summary>
    None,

    /// <summary>As <see cref="None"/>, with unlogged tables.</summary>
    NoneUnlogged,

    /// <summary>Dropped in the transaction and created again after the rows, foreign keys validated.</summary>
    Rebuilt,
}
