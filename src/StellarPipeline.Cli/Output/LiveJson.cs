using System.Text;
using System.Text.Json.Nodes;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Output;

/// <summary>The report of live ingestion as JSON, with the names of the other reports.</summary>
internal static class LiveJson
{
    /// <summary>One document, UTF-8.</summary>
    public static byte[] Render(LiveReport report) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["format"] = 1,
        ["outcome"] = "ended",
        ["program"] = Product.Version,
        ["first"] = report.First,
        ["last"] = report.Last,
        ["ledgers"] = report.Ledgers,
        ["transactions"] = report.Transactions,
        ["operations"] = report.Operations,
        ["commits"] = report.Commits,
        ["seconds"] = Math.Round(report.Elapsed.TotalSeconds, 3),
    }.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }));
}
