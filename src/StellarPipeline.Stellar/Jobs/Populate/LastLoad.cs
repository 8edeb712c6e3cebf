using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>The last load of a checkpoint, noted beside the cursors and in its transaction, for whoever asks the database later.</summary>
public static class LastLoad
{
    /// <summary>
    /// Key of the row in ingest_store. Its value is a JSON object: <c>program</c>, <c>network</c>, <c>ledger</c>, <c>closed</c> (when the
    /// ledger closed), <c>rows</c>, <c>seconds</c> and <c>ended</c>.
    /// </summary>
    public const string Key = "pipeline_last_load";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
