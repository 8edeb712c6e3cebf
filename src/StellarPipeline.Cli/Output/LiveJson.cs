using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Output;

/// <summary>The report of live ingestion as JSON, with the names of the other reports.</summary>
internal static class LiveJson
{
    /// <summary>One document, UTF-8.</summary>
    /// <param name="report">What was stored.</param>
    /// <param name="network">The network that was followed.</param>
    /// <param name="source">Where the ledgers came from.</param>
    /// <param name="database">Where they were stored.</param>
    /// <param name="started">When the command began.</param>
    public static byte[] Render(
        LiveReport report, StellarNetwork network, string source, NpgsqlDataSource database, DateTimeOffset started) =>
            Encoding.UTF8.GetBytes(JsonText.Of(new JsonObject
            {
                ["format"] = 1,
                ["outcome"] = "ended",
                ["program"] = Product.Version,
                ["network"] = network.Name,
                ["source"] = source,
                ["database"] = ServerName.Of(database),
                ["schema"] = SessionStart.RequireSchemaOf(database),
                ["started"] = started,
                ["ended"] = DateTimeOffset.UtcNow,
                ["first"] = report.First,
                ["last"] = report.Last,
                ["ledgers"] = report.Ledgers,
                ["transactions"] = report.Transactions,
                ["operations"] = report.Operations,
                ["commits"] = report.Commits,
                ["seconds"] = Math.Round(report.Elapsed.TotalSeconds, 3),
            }));
}
