namespace StellarPipeline.Postgres;

/// <summary>What the database has under a table's name, and what the connected role may do with it.</summary>
public sealed record TableState
{
    /// <summary>The table that was asked for.</summary>
    public required CopyTable Table { get; init; }

    /// <summary>True when there is anything of that name.</summary>
    public bool Exists { get; init; }

    /// <summary>What it is: r table, p partitioned table, v view, m materialized view, f foreign table (pg_class.relkind); a blank when it does not exist.</summary>
    public char Kind { get; init; } = ' ';

    /// <summary>Schema in which it was found, or null.</summary>
    public string? Schema { get; init; }

    /// <summary>Owner, or null.</summary>
    public string? Owner { get; init; }

    /// <summary>True when the connected role is the owner or a member of it.</summary>
    public bool IsOwner { get; init; }

    /// <summary>Whether it holds rows; null when the role may not look, or it does not exist.</summary>
    public bool? HasRows { get; init; }

    /// <summary>The role may SELECT.</summary>
    public bool CanSelect { get; init; }

    /// <summary>The role may INSERT, which COPY needs.</summary>
    public bool CanInsert { get; init; }

    /// <summary>The role may DELETE.</summary>
    public bool CanDelete { get; init; }

    /// <summary>The role may TRUNCATE.</summary>
    public bool CanTruncate { get; init; }

    /// <summary>Its columns in order.</summary>
    public IReadOnlyList<ColumnState> Columns { get; init; } = [];
}
