using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>One query of the data layer: its name, its table, and its text.</summary>
/// <param name="Name">Its name in metrics and messages, such as "ingest_store.get".</param>
/// <param name="Table">The table under which it is counted.</param>
/// <param name="Text">The text; <c>{schema}</c> is replaced by the quoted schema, <c>'{schema}'</c> by the quoted schema as a
/// literal.</param>
internal sealed record Query(string Name, string Table, string Text)
{
    /// <summary>The text for the tables of a schema. Its first line is a comment with the name, which is visible on the server.</summary>
    public string TextFor(string schema)
    {
        string quoted = CopyTable.Quote(schema);
        string literal = quoted.Replace("'", "''", StringComparison.Ordinal);

        // Each part is replaced once: the name of a schema may itself contain {schema}.
        IEnumerable<string> parts = Text.Split("'{schema}'").Select(part => part.Replace("{schema}", quoted, StringComparison.Ordinal));
        return $"-- {Name}\n{string.Join($"'{literal}'", parts)}";
    }
}
