using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>A key or index of a history table, to be built once more on another table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Constraint">The constraint that it belongs to, as ADD CONSTRAINT takes it; null for none.</param>
/// <param name="IsUnique">Whether it is unique.</param>
/// <param name="Definition">Its definition, from USING on.</param>
internal sealed record BesideIndex(string Name, string? Constraint, bool IsUnique, string Definition)
{
    /// <summary>The history table, once it is known.</summary>
    public CopyTable? Table { get; init; }

    /// <summary>The name that it has until the table takes its place.</summary>
    public string Temporary { get; init; } = "";

    /// <summary>The statement that builds it.</summary>
    /// <param name="table">The table as SQL names it.</param>
    /// <param name="name">Its name there; null for the server's choice.</param>
    public string CreateOn(string table, string? name)
    {
        string quoted = name is null ? "" : CopyTable.Quote(name);
        return Constraint is null
            ? $"CREATE {(IsUnique ? "UNIQUE " : "")}INDEX {quoted} ON {table} {Definition}"
            : $"ALTER TABLE {table} ADD {(name is null ? "" : $"CONSTRAINT {quoted} ")}{Constraint}";
    }

    /// <summary>The statement that gives it the name of the one that it stands for.</summary>
    /// <param name="table">The table as SQL names it now.</param>
    public string Rename(string table) => Constraint is null
        ? $"ALTER INDEX {{schema}}.{CopyTable.Quote(Temporary)} RENAME TO {CopyTable.Quote(Name)}"
        : $"ALTER TABLE {table} RENAME CONSTRAINT {CopyTable.Quote(Temporary)} TO {CopyTable.Quote(Name)}";
}
