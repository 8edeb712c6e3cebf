using System.Text.Json;
using System.Text.Json.Nodes;

namespace StellarPipeline.Cli.Output;

/// <summary>Facts as JSON, indented, as every command prints and writes them.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>One document.</summary>
    public static string Of(JsonNode facts) => facts.ToJsonString(Indented);
}
