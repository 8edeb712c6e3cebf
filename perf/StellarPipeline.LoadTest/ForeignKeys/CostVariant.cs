using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>One measured way to load the two tables.</summary>
/// <param name="Name">Name in the table of results.</param>
/// <param name="Description">What it does.</param>
/// <param name="Choice">The strategy; null for a table without a foreign key.</param>
/// <param name="IndexRebuild">Whether indexes are dropped before the load and built after it.</param>
/// <param name="ParentsFirst">Whether parents are sent before their children.</param>
internal sealed record CostVariant(
    string Name, string Description, ForeignKeyChoice? Choice, IndexRebuild IndexRebuild = IndexRebuild.Never, bool ParentsFirst = false)
{
    /// <summary>The baseline first, then every strategy.</summary>
    public static IReadOnlyList<CostVariant> All { get; } =
    [
        new("no foreign key", "baseline: the same tables without the key; nothing is checked", null),
        new("replica", "triggers silenced, parents last, anti-join before COMMIT", ForeignKeyChoice.Replica),
        new("recreate", "key dropped, parents last, key added again", ForeignKeyChoice.Recreate),
        new("recreate, indexes rebuilt", "key and primary keys dropped, parents last, all built again", ForeignKeyChoice.Recreate,
            IndexRebuild.Always),
        new("ordered", "parents first; PostgreSQL checks each row at the end of its COPY", ForeignKeyChoice.Ordered, ParentsFirst: true),
        new("deferred", "parents last; PostgreSQL checks each row before COMMIT", ForeignKeyChoice.Deferred),
    ];

    /// <summary>The options of the load; null without a foreign key.</summary>
    public ForeignKeyOptions? Options =>
        Choice is { } choice
            ? new ForeignKeyOptions { Choice = choice, IndexRebuild = IndexRebuild, WritesParentsFirst = ParentsFirst }
            : null;
}
