using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>One query of the data layer: its name, its table, and its text.</summary>
/// <param name="Name">What it is called in metrics and messages: "ingest_store.get".</param>
/// <param name="Table">The table that it is counted under.</param>
/// <param name="Text">The text; <c>{schema}</c> stands for the quoted schema, <c>'{schema}'</c> for that as a literal.</param>
internal sealed record Query(string Name, string Table, string Text)
{
    /// <summary>The text for tables in one schema. Its first line names the query to those who look at the server.</summary>
    public string TextFor(string schema)
    {
        string quoted = CopyTable.Quote(schema);
        string literal = quoted.Replace("'", "''", StringComparison.Ordinal);
        string text = Text.Replace("'{schema}'", $"'{literal}'", StringComparison.Ordinal);
        return $"-- {Name}\n{text.Replace("{schema}", quoted, StringComparison.Ordinal)}";
    }
}
