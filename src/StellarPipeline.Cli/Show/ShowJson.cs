using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StellarPipeline.Cli.Show;

/// <summary>How the views become JSON. The code is generated, because a native program has no reflection for it.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AccountView))]
[JsonSerializable(typeof(TransactionView))]
[JsonSerializable(typeof(OperationAnswer))]
[JsonSerializable(typeof(LedgerView))]
[JsonSerializable(typeof(AssetView))]
internal sealed partial class ShowJson : JsonSerializerContext
{
    private static readonly ShowJson Readable = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });

    /// <summary>The JSON of a view.</summary>
    public static string Of(object view) => JsonSerializer.Serialize(view, view.GetType(), Readable);
}
