using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Whether <see cref="RecreateStrategy"/> also drops indexes before the load and builds them again after it.</summary>
public enum IndexRebuild
{
    /// <summary>
    /// Indexes of tables that are empty before the load and whose rows do not come in primary-key order. Measured on 6 M rows: 25.1 s
    /// against 8.5 s for random order, and 8.4 s against 7.3 s for sorted order, where the late report of a duplicate and the lock are not
    /// worth the 13 %.
    /// </summary>
    Auto,

    /// <summary>Every index that can be dropped.</summary>
    Always,

    /// <summary>None.</summary>
    Never,
}
