using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>A key or index of a history table that is built again on a separate table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Constraint">Definition of its constraint, for ADD CONSTRAINT; null if it belongs to none.</param>
/// <param name="IsUnique">Whether it is unique.</param>
/// <param name="Definition">Its definition, from USING on.</param>
internal sealed record BesideIndex(string Name, string? Constraint, bool IsUnique, string Definition)
{
    /// <summary>The history table; null until it is known.</summary>
    public CopyTable? Table { get; init; }

    /// <summary>Its name until the separate table takes the place of the history table.</summary>
    public string Temporary { get; init; } = "";

    /// <summary>The statement that creates it.</summary>
    /// <param name="table">The table, as an SQL name.</param>
    /// <param name="name">Its name there; null lets the server choose.</param>
    public string CreateOn(string table, string? name)
    {
        string quoted = name is null ? "" : CopyTable.Quote(name);
        return Constraint is null
            ? $"CREATE {(IsUnique ? "UNIQUE " : "")}INDEX {quoted} ON {table} {Definition}"
            : $"ALTER TABLE {table} ADD {(name is null ? "" : $"CONSTRAINT {quoted} ")}{Constraint}";
    }

    /// <summary>The statement that renames it from its temporary name to its final one.</summary>
    /// <param name="table">The table, as its present SQL name.</param>
    public string Rename(string table) => Constraint is null
        ? $"ALTER INDEX {{schema}}.{CopyTable.Quote(Temporary)} RENAME TO {CopyTable.Quote(Name)}"
        : $"ALTER TABLE {table} RENAME CONSTRAINT {CopyTable.Quote(Temporary)} TO {CopyTable.Quote(Name)}";
}
