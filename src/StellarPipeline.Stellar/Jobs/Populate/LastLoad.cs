using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>The record of the last checkpoint load. It is stored with the cursors in the same transaction.</summary>
public static class LastLoad
{
    /// <summary>
    /// Key of the row in ingest_store. Its value is a JSON object: <c>program</c>, <c>network</c>, <c>ledger</c>, <c>closed</c> (close time
    /// of the ledger), <c>rows</c>, <c>seconds</c> and <c>ended</c>.
    /// </summary>
    public const string Key = "pipeline_last_load";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The network of a record; null if the record is damaged or another program's.</summary>
    /// <param name="record">The value of the row.</param>
    internal static StellarNetwork? NetworkIn(string record)
    {
        try
        {
            return JsonNode.Parse(record) is JsonObject load && load["network"] is JsonValue value && value.TryGetValue(out string? name)
                && !string.IsNullOrWhiteSpace(name) ? StellarNetwork.Parse(name) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static Task WriteAsync(
        LoadTransaction load, CheckpointProof proof, StellarNetwork network, long rows, TimeSpan elapsed, string program,
        CancellationToken cancellationToken) => load.RunAsync(
            $"INSERT INTO {load.Resolve(WalletTables.IngestStore).QualifiedName} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE "
                + $"SET value = EXCLUDED.value",
            [
                Key,
                new JsonObject
                {
                    ["program"] = program,
                    ["network"] = network.Name,
                    ["ledger"] = proof.Checkpoint,
                    ["closed"] = proof.CloseTime,
                    ["rows"] = rows,
                    ["seconds"] = Math.Round(elapsed.TotalSeconds, 2),
                    ["ended"] = DateTimeOffset.UtcNow,
                }.ToJsonString(Readable),
            ],
            cancellationToken);
}
