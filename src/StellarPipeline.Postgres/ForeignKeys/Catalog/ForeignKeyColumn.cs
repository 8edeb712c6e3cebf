namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>One pair of columns of a foreign key, with what SQL needs to compare them exactly as PostgreSQL does.</summary>
/// <param name="Referencing">Column of the referencing (child) table.</param>
/// <param name="Referenced">Column of the referenced (parent) table.</param>
/// <param name="IsNullable">Whether the referencing column may be NULL.</param>
public sealed record ForeignKeyColumn(string Referencing, string Referenced, bool IsNullable)
{
    /// <summary>The key's own equality operator, schema-qualified (pg_constraint.conpfeqop): parent column on the left.</summary>
    public string EqualityOperator { get; init; } = "OPERATOR(pg_catalog.=)";

    /// <summary>Type that the parent column is cast to for the operator, quoted; null if no cast is needed.</summary>
    public string? ReferencedCast { get; init; }

    /// <summary>Type that the child column is cast to for the operator, quoted; null if no cast is needed.</summary>
    public string? ReferencingCast { get; init; }

    /// <summary>The parent column's collation, quoted, if the two columns have different ones; otherwise null.</summary>
    public string? Collation { get; init; }
}
