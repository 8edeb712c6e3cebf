using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tables;

/// <summary>A sample row of a load, used to test a table's constraints before the load.</summary>
/// <param name="Name">What it represents, as a phrase: a contract with WASM code.</param>
/// <param name="Values">For each column of <see cref="CopyTable.Columns"/> a value as PostgreSQL reads it from text; null for NULL.</param>
public sealed record RowSample(string Name, IReadOnlyList<string?> Values)
{
    /// <summary>
    /// Whether the load can leave out such rows. A constraint that refuses them is then reported but does not prevent the load:
    /// <see cref="LoadPreflight.Avoided"/>.
    /// </summary>
    public bool IsAvoidable { get; init; }
}
