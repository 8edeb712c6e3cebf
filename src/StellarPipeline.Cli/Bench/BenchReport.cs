using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Reports;

namespace StellarPipeline.Cli.Bench;

/// <summary>The report of a ladder: text, JSON, and a page with a chart.</summary>
/// <param name="What">The measured job: backfill or populate.</param>
/// <param name="Items">The unit of the work: ledgers or entries.</param>
/// <param name="Data">The data, in words.</param>
/// <param name="Server">The server, in words.</param>
/// <param name="Rounds">How often each rung was measured.</param>
/// <param name="Started">When the measurement began.</param>
/// <param name="Results">The rungs, from the bottom upwards.</param>
internal sealed record BenchReport(
    string What, string Items, string Data, string Server, int Rounds, DateTimeOffset Started, IReadOnlyList<BenchResult> Results)
{
    private static string Machine => FormattableString.Invariant(
        $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");

    /// <summary>The report as JSON, UTF-8.</summary>
    public byte[] ToJson() => Encoding.UTF8.GetBytes(JsonText.Of(new JsonObject
    {
        ["format"] = 1,
        ["bench"] = What,
        ["started"] = Started.UtcDateTime,
        ["program"] = Product.UserAgent,
        ["machine"] = Machine,
        ["server"] = Server,
        ["data"] = Data,
        ["rounds"] = Rounds,
        ["sentence"] = BenchLadder.Sentence(Results),
        ["rungs"] = new JsonArray([.. Results.Select(result => new JsonObject
        {
            ["name"] = result.Rung.Name,
            ["adds"] = result.Rung.Adds,
            ["is_server"] = result.Rung.IsServer,
            ["seconds"] = result.Median,
            ["seconds_min"] = result.Least,
            ["seconds_max"] = result.Most,
            ["client_cpu_seconds"] = result.MedianCpu,
            [Items] = result.Times[0].Items,
            ["rows"] = result.Times[0].Rows,
            [$"{Items}_per_second"] = result.ItemsPerSecond,
            ["rows_per_second"] = result.RowsPerSecond,
        })]),
    }));

    /// <summary>The report as one self-contained page.</summary>
    public string ToPage()
    {
        var page = new StringBuilder();
        HtmlReport.Begin(
            page, $"bench {What}: {Data}",
            FormattableString.Invariant($"{Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC, medians of {Rounds}. {Machine}. {Server}"));
        page.Append("<p class=\"say\">").Append(HtmlText.Of(BenchLadder.Sentence(Results))).Append("</p><h2>Seconds</h2>")
            .Append(SvgChart.Bars(
                "Seconds of each rung",
                [.. Results.Select(result => (
                    result.Rung.Name, result.Median, Text($"{result.Median:F2} s, {result.ItemsPerSecond:N0} {Items}/s"),
                    result.Rung.IsServer))]))
            .Append("<p class=\"legend\"><span class=\"kbusy\">this program alone</span> <span class=\"kin\">with the server</span></p>");
        HtmlReport.Table(
            page, "Rungs", ["rung", "adds", "s", "min–max s", $"{Items}/s", "rows/s", "client CPU s"],
            Results.Select(result => new[]
            {
                result.Rung.Name, result.Rung.Adds, Text($"{result.Median:F2}"), Text($"{result.Least:F2}–{result.Most:F2}"),
                Text($"{result.ItemsPerSecond:N0}"), Text($"{result.RowsPerSecond:N0}"), Text($"{result.MedianCpu:F2}"),
            }), textColumns: 2);
        return HtmlReport.End(page);
    }

    /// <summary>The report for a terminal: at most 100 columns.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return $"bench {What}: {Data}";
        yield return $"{Machine}. {Server}";
        yield return "";
        yield return $"{"rung",-30}{"s",9}{"min–max s",16}{Items + "/s",14}{"rows/s",13}{"client CPU s",15}";
        foreach (BenchResult result in Results)
        {
            string range = Text($"{result.Least:F2}–{result.Most:F2}");
            string rows = result.RowsPerSecond > 0 ? Text($"{result.RowsPerSecond:N0}") : "";
            yield return Text(
                $"{result.Rung.Name,-30}{result.Median,9:F2}{range,16}{result.ItemsPerSecond,14:N0}{rows,13}{result.MedianCpu,15:F2}");
        }

        yield return "";
        yield return BenchLadder.Sentence(Results);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
