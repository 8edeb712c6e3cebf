namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>A unique, primary-key or exclusion constraint that is DEFERRABLE.</summary>
/// <remarks>
/// PostgreSQL checks such a constraint with a trigger, and <c>session_replication_role = replica</c> silences that trigger too: duplicates
/// are then stored under a constraint that claims to hold. (Tried on PostgreSQL 15: two equal rows stayed.)
/// </remarks>
/// <param name="Table">Table it belongs to.</param>
/// <param name="Name">Constraint name.</param>
public sealed record CatalogConstraint(QualifiedName Table, string Name)
{
    /// <summary>For people: <c>deferrable constraint slot_key of public.slots</c>.</summary>
    public override string ToString() => $"deferrable constraint {SqlText.ReadableIdentifier(Name)} of {Table}";
}
