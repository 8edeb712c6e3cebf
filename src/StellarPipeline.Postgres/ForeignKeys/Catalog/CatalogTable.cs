namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>A table that the load writes.</summary>
/// <param name="Name">Schema and name.</param>
public sealed record CatalogTable(QualifiedName Name)
{
    /// <summary>pg_class.oid; 0 in a table that was not read from a server.</summary>
    public uint Oid { get; init; }

    /// <summary>
    /// Whether its rows are stored in partitions, or in the chunks of a TimescaleDB hypertable. Statements about the table then include
    /// these.
    /// </summary>
    public bool IsPartitioned { get; init; }

    /// <summary>Whether it is itself a partition.</summary>
    public bool IsPartition { get; init; }

    /// <summary>Number of rows at the last ANALYZE (pg_class.reltuples); null if the server does not know it.</summary>
    public double? RowEstimate { get; init; }

    /// <summary>Columns in table order.</summary>
    public IReadOnlyList<CatalogColumn> Columns { get; init; } = [];

    /// <summary>The keyword ONLY if statements must exclude tables that inherit from it; otherwise empty.</summary>
    internal string Only => IsPartitioned ? "" : "ONLY ";
}
