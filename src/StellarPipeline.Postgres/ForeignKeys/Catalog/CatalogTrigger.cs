namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// A trigger of a loaded table that does not belong to a constraint. Whether it fires during the load can depend on
/// <c>session_replication_role</c>.
/// </summary>
/// <param name="Table">Table (or partition) it belongs to.</param>
/// <param name="Name">Trigger name.</param>
/// <param name="State">pg_trigger.tgenabled: O origin, D disabled, R replica only, A always.</param>
/// <param name="FiresOnInsert">Whether COPY or INSERT fires it.</param>
/// <param name="FiresOnUpdate">Whether UPDATE (also ON CONFLICT DO UPDATE) fires it.</param>
public sealed record CatalogTrigger(QualifiedName Table, string Name, char State, bool FiresOnInsert, bool FiresOnUpdate)
{
    /// <summary>Whether DELETE or TRUNCATE fires it.</summary>
    public bool FiresOnRemoval { get; init; }

    /// <summary>Whether it fires normally, but not under <c>replica</c>.</summary>
    public bool IsSilencedByReplica => State == 'O';

    /// <summary>Whether it does not fire normally, but fires under <c>replica</c>.</summary>
    public bool IsAwakenedByReplica => State == 'R';

    /// <summary>For people: <c>trigger audit_row of public.orders</c>.</summary>
    public override string ToString() => $"trigger {SqlText.ReadableIdentifier(Name)} of {Table}";
}
