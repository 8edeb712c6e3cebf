using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>One query of the data layer: its name, its table, and its text.</summary>
/// <param name="Name">What it is called in metrics and messages: "ingest_store.get".</param>
/// <param name="Table">The table that it is counted under.</param>
/// <param name="Text">The text; <c>{schema}</c> stands for the quoted schema.</param>
internal sealed record Query(string Name, string Table, string Text)
{
    /// <summary>The text for tables in one schema. Its first line names the query to those who look at the server.</summary>
    public string TextFor(string schema) => $"-- {Name}\n{Text.Replace("{schema}", CopyTable.Quote(schema), StringComparison.Ordinal)}";
}
