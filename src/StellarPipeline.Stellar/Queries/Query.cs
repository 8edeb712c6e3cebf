using System.Collections.Concurrent;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>One query of the data layer: its name, its table, and its text.</summary>
/// <param name="name">What it is called in metrics and messages: "ingest_store.get".</param>
/// <param name="table">The table that it is counted under.</param>
/// <param name="text">The text; <c>{schema}</c> stands for the quoted schema.</param>
internal sealed class Query(string name, string table, string text)
{
    private readonly ConcurrentDictionary<string, string> texts = new(StringComparer.Ordinal);

    /// <summary>What it is called in metrics and messages.</summary>
    public string Name { get; } = name;

    /// <summary>The table that it is counted under.</summary>
    public string Table { get; } = table;

    /// <summary>The text for tables in one schema.</summary>
    public string TextFor(string schema) =>
        texts.GetOrAdd(schema, static (schema, text) => text.Replace("{schema}", CopyTable.Quote(schema), StringComparison.Ordinal), text);
}
