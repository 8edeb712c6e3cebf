using System.Text;

namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// One foreign key as defined in the catalogue (pg_constraint, contype f). Only top-level keys: the clones that PostgreSQL keeps per
/// partition belong to their top-level key.
/// </summary>
public sealed record ForeignKey
{
    /// <summary>pg_constraint.oid; 0 in a key that was not read from a server.</summary>
    public uint Oid { get; init; }

    /// <summary>Name, unique only within the referencing table.</summary>
    public required string Name { get; init; }

    /// <summary>The referencing (child) table.</summary>
    public required QualifiedName Referencing { get; init; }

    /// <summary>The referenced (parent) table.</summary>
    public required QualifiedName Referenced { get; init; }

    /// <summary>Column pairs in the key's order; at least one.</summary>
    public required IReadOnlyList<ForeignKeyColumn> Columns { get; init; }

    /// <summary>pg_class.oid of the referencing table.</summary>
    public uint ReferencingOid { get; init; }

    /// <summary>pg_class.oid of the referenced table.</summary>
    public uint ReferencedOid { get; init; }

    /// <summary>
    /// Whether the referencing table is partitioned, or a TimescaleDB hypertable: then the rows of its partitions or chunks count as its
    /// own.
    /// </summary>
    public bool IsReferencingPartitioned { get; init; }

    /// <summary>
    /// Whether the referenced table is partitioned, or a TimescaleDB hypertable: then the rows of its partitions or chunks count as its
    /// own.
    /// </summary>
    public bool IsReferencedPartitioned { get; init; }

    /// <summary>How NULLs are treated.</summary>
    public ForeignKeyMatch Match { get; init; }

    /// <summary>ON UPDATE action.</summary>
    public ForeignKeyAction OnUpdate { get; init; }

    /// <summary>ON DELETE action.</summary>
    public ForeignKeyAction OnDelete { get; init; }

    /// <summary>Whether SET CONSTRAINTS can defer the check to COMMIT.</summary>
    public bool IsDeferrable { get; init; }

    /// <summary>Whether the check is deferred without SET CONSTRAINTS.</summary>
    public bool IsInitiallyDeferred { get; init; }

    /// <summary>False for NOT VALID: rows from before the key was added may violate it, new rows may not.</summary>
    public bool IsValidated { get; init; } = true;

    /// <summary>False for NOT ENFORCED (PostgreSQL 18): the server never checks it, so a load neither orders nor proves it.</summary>
    public bool IsEnforced { get; init; } = true;

    /// <summary>
    /// Whether the last column is a PERIOD (PostgreSQL 18): it compares by containment, which the proof does not support.
    /// </summary>
    public bool IsTemporal { get; init; }

    /// <summary>
    /// The whole clause after ADD CONSTRAINT name, every name qualified (pg_get_constraintdef with an empty search path); empty in a key
    /// that was not read from a server.
    /// </summary>
    public string Definition { get; init; } = "";

    /// <summary>State of the triggers that enforce it.</summary>
    public ForeignKeyTriggerState TriggerState { get; init; }

    /// <summary>
    /// Loaded tables whose rows this key checks: the referencing table, a partition of it, or a partitioned table above it.
    /// </summary>
    public IReadOnlyList<QualifiedName> LoadedReferencing { get; init; } = [];

    /// <summary>Loaded tables whose rows this key may refer to.</summary>
    public IReadOnlyList<QualifiedName> LoadedReferenced { get; init; } = [];

    /// <summary>Whether a table refers to itself.</summary>
    public bool IsSelfReference => Referencing == Referenced;

    /// <summary>Whether some row can leave the key NULL and so be exempt: MATCH SIMPLE needs one nullable column, MATCH FULL all.</summary>
    public bool IsNullable =>
        Match == ForeignKeyMatch.Full ? Columns.All(column => column.IsNullable) : Columns.Any(column => column.IsNullable);

    /// <summary>Whether loaded rows must satisfy it.</summary>
    public bool BindsLoad => IsEnforced && LoadedReferencing.Count > 0;

    /// <summary>Orders by referencing table, then name, so that every list of keys is the same on every machine.</summary>
    internal static int Compare(ForeignKey left, ForeignKey right)
    {
        int byTable = left.Referencing.CompareTo(right.Referencing);
        return byTable != 0 ? byTable : string.CompareOrdinal(left.Name, right.Name);
    }

    /// <summary>For people: <c>public.child.child_parent_fk (parent_id) → public.parent (id)</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Referencing).Append('.').Append(SqlText.ReadableIdentifier(Name)).Append(" (");
        text.AppendJoin(", ", Columns.Select(column => SqlText.ReadableIdentifier(column.Referencing))).Append(") → ").Append(Referenced)
            .Append(" (");
        text.AppendJoin(", ", Columns.Select(column => SqlText.ReadableIdentifier(column.Referenced))).Append(')');
        return text.ToString();
    }
}
