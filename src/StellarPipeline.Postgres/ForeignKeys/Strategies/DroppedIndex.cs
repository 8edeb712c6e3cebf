using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Everything about one index that must be restored: definition with storage parameters, its constraint, tablespace, flags and comments.
/// </summary>
internal sealed record DroppedIndex
{
    public required QualifiedName Table { get; init; }

    public required string Name { get; init; }

    /// <summary>
    /// CREATE INDEX with every name qualified (pg_get_indexdef with an empty search path): columns, operator classes, predicate, storage
    /// parameters; not the tablespace.
    /// </summary>
    public required string Definition { get; init; }

    /// <summary>
    /// Clause after ADD CONSTRAINT name, before USING INDEX: PRIMARY KEY or UNIQUE; null for an index without a constraint.
    /// </summary>
    public string? ConstraintKind { get; init; }

    public bool IsDeferrable { get; init; }

    public bool IsInitiallyDeferred { get; init; }

    public string? Comment { get; init; }

    public string? ConstraintComment { get; init; }

    public bool IsPrimaryKey { get; init; }

    public bool IsClustered { get; init; }

    public bool IsReplicaIdentity { get; init; }

    /// <summary>Tablespace; empty for the default of the database.</summary>
    public required string Tablespace { get; init; }

    /// <summary>Why the index cannot be dropped; null if it can be dropped and restored.</summary>
    public string? Hindrance { get; init; }

    public QualifiedName QualifiedIndex => new(Table.Schema, Name);
}
