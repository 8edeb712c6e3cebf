namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// A constraint that PostgreSQL created for a partition from the one of the partitioned table. The two relations distinguish it from its
/// siblings.
/// </summary>
internal sealed record ConstraintClone(
    QualifiedName Table, uint Referencing, uint Referenced, string Name, string? Comment, bool IsValidated);
