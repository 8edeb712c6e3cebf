using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>A row such as a load writes, for the look at a table's constraints before it.</summary>
/// <param name="Name">What it stands for, as a phrase: a contract with WASM code.</param>
/// <param name="Values">For each column of <see cref="CopyTable.Columns"/> a value as PostgreSQL reads it from text; null for NULL.</param>
public sealed record RowSample(string Name, IReadOnlyList<string?> Values)
{
    /// <summary>
    /// Whether the load can do without such rows. A constraint that refuses them is then no obstacle but a finding:
    /// <see cref="LoadPreflight.Avoided"/>.
    /// </summary>
    public bool IsAvoidable { get; init; }
}
