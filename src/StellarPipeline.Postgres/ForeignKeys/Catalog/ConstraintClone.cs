namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// A constraint that PostgreSQL made for a partition from the partitioned table's own. The two relations tell it from its siblings.
/// </summary>
internal sealed record ConstraintClone(
    QualifiedName Table, uint Referencing, uint Referenced, string Name, string? Comment, bool IsValidated);
