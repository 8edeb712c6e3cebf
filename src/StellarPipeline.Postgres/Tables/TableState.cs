using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>The relation with a table's name in the database, and what the connected role may do with it.</summary>
public sealed record TableState
{
    /// <summary>The requested table.</summary>
    public required CopyTable Table { get; init; }

    /// <summary>True if a relation of that name exists.</summary>
    public bool Exists { get; init; }

    /// <summary>
    /// Its kind: r table, p partitioned table, v view, m materialized view, f foreign table (pg_class.relkind); a blank if it does not
    /// exist.
    /// </summary>
    public char Kind { get; init; } = ' ';

    /// <summary>Schema in which it was found, or null.</summary>
    public string? Schema { get; init; }

    /// <summary>Name under which it was found; null when it does not exist.</summary>
    public string? Name { get; init; }

    /// <summary>pg_class.oid; 0 when it does not exist.</summary>
    public uint Oid { get; init; }

    /// <summary>Owner, or null.</summary>
    public string? Owner { get; init; }

    /// <summary>True when the connected role is the owner or a member of it.</summary>
    public bool IsOwner { get; init; }

    /// <summary>
    /// Whether it contains rows, including its partitions or chunks but not tables that inherit from it. Null if that is unknown: the role
    /// may not read it, row security may hide rows, or the table does not exist.
    /// </summary>
    public bool? HasRows { get; init; }

    /// <summary>The role may SELECT.</summary>
    public bool CanSelect { get; init; }

    /// <summary>The role may INSERT, which COPY needs.</summary>
    public bool CanInsert { get; init; }

    /// <summary>The role may DELETE.</summary>
    public bool CanDelete { get; init; }

    /// <summary>The role may TRUNCATE.</summary>
    public bool CanTruncate { get; init; }

    /// <summary>The role may lock it against writers: UPDATE, DELETE or TRUNCATE, from PostgreSQL 17 also MAINTAIN.</summary>
    public bool CanLock { get; init; }

    /// <summary>Row security may hide rows from the role, and COPY into the table is refused.</summary>
    public bool IsRowSecurityActive { get; init; }

    /// <summary>Names of its row security policies, whether they are active or not.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>Partitions or chunks that it has, or tables that inherit from it.</summary>
    public int Children { get; init; }

    /// <summary>True if it has a DEFAULT partition, which stores the rows that fit no other partition.</summary>
    public bool HasDefaultPartition { get; init; }

    /// <summary>True for a TimescaleDB hypertable, whose rows are stored in chunks that inherit from it.</summary>
    public bool IsHypertable { get; init; }

    /// <summary>True if the table or one of its partitions has a BEFORE ROW trigger, which may change or drop rows.</summary>
    public bool HasRowTriggers { get; init; }

    /// <summary>Its unique keys, the primary key first.</summary>
    public IReadOnlyList<TableKey> Keys { get; init; } = [];

    /// <summary>Its columns in order.</summary>
    public IReadOnlyList<ColumnState> Columns { get; init; } = [];

    /// <summary>Why it is unknown whether it contains rows, as a phrase; null if that is known or the table does not exist.</summary>
    public string? WhyUnknown => !Exists || Kind is not ('r' or 'p') || HasRows is not null ? null
        : IsRowSecurityActive
        ? $"row security{(Policies.Count == 0 ? "" : $" ({string.Join(", ", Policies.Select(policy => $"policy {policy}"))})")} may hide "
            + $"rows of {Table} from the role"
        : $"the role may not SELECT from {Table}";

    /// <summary>The keyword ONLY if statements must exclude tables that inherit from it; otherwise empty.</summary>
    internal string Only => Kind == 'p' || IsHypertable ? "" : "ONLY ";

    /// <summary>Schema and name as they were found, quoted.</summary>
    internal string QuotedName => new QualifiedName(Schema!, Name!).Quoted;
}
