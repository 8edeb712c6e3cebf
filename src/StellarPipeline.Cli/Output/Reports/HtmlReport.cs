using System.Globalization;
using System.Text;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>The report as one self-contained page: no script, no other file, no network.</summary>
internal static class HtmlReport
{
    /// <summary>The page of a load.</summary>
    public static string Render(PopulateReport report)
    {
        var page = new StringBuilder();
        long rows = report.Tables.Sum(table => table.Rows);
        Begin(page, Text($"{rows:N0} rows in {report.Seconds:F1} s"),
            string.Create(CultureInfo.InvariantCulture,
                $"Checkpoint {report.Checkpoint.Ledger:N0} of {report.Checkpoint.Network}, committed "
                    + $"{report.Ended.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"));
        page.Append("<div class=\"cards\">");
        Card(page, "rows a second", Number(report.RowsPerSecond));
        Card(page, "rows", Number(rows));
        Card(page, "entries read", Number(report.Entries.Read));
        Card(page, "of buckets", ProgressText.Bytes(report.Bytes.Compressed));
        Card(page, "downloaded", ProgressText.Bytes(report.Bytes.Downloaded));
        Card(page, "peak memory", ProgressText.Bytes(report.Memory.PeakWorkingSetBytes));
        page.Append("</div>").Append(Invariant($"<p class=\"say\">{HtmlText.Of(report.Bottleneck.Sentence)}</p>"));
        Charts(page, report);
        Table(page, "Tables", ["table", "rows", "batches", "bytes", "COPY s"], report.Tables.Select(
            table => new[] { table.Name, Number(table.Rows), Number(table.Batches), Number(table.Bytes), Text($"{table.Seconds:F2}") }));
        Table(page, "Phases", ["phase", "s"], report.Phases.Select(phase => new[] { phase.Name, Text($"{phase.Seconds:F2}") }));
        Table(
            page, "Entries", ["became", "type", "entries"],
            report.Entries.Outcomes.Select(
                outcome => new[] { outcome.Written ? outcome.Outcome : "skipped: " + outcome.Outcome, outcome.Type,
                    Number(outcome.Count) }), textColumns: 2);
        Table(page, "Foreign keys: " + report.ForeignKeys.Strategy, ["key", "from", "to", "proof", "violations", "s"],
            report.ForeignKeys.Proofs.Select(
                proof => new[] { proof.Constraint, proof.Table, proof.References, proof.Proof, Number(proof.Violations),
                    Text($"{proof.Seconds:F2}") }), textColumns: 4);
        page.Append(Invariant($"<p>{HtmlText.Of(report.ForeignKeys.Reason)}</p>"));
        PopulateReport.ServerSection server = report.Server;
        PopulateReport.CheckpointSection checkpoint = report.Checkpoint;
        Table(page, "Where and what", ["", ""],
        [
            ["Server", $"{server.Version} at {server.Host}"], ["Loaded into", $"schema {server.Schema} of database {server.Database}"],
            ["Role", server.Role], ["Program", report.Program],
            ["Run", Text($"{report.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {report.Ended.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")],
            ["Attempts", Number(report.Attempts)],
            ["Archive", checkpoint.Archive], ["Proof", checkpoint.Proof], ["Rests on", checkpoint.RestsOn],
            ["Header", checkpoint.HeaderHash], ["Bucket list", checkpoint.BucketListHash],
            .. server.Settings.Select(setting => new[] { setting.Key, setting.Value }),
        ], textColumns: 2);
        string[] remarks = [.. report.FailedAttempts.Select(attempt => "An attempt failed: " + attempt), .. report.Remarks,
            .. report.Living.Moved, .. report.Living.Dropped, .. report.Living.Kept];
        if (remarks.Length > 0)
            page.Append("<h2>Remarks</h2><ul>").AppendJoin("", remarks.Select(remark => $"<li>{HtmlText.Of(remark)}</li>")).Append("</ul>");
        return End(page);
    }

    /// <summary>The page of a run that was refused or failed.</summary>
    public static string Render(RunFailure failure)
    {
        var page = new StringBuilder();
        Begin(
            page,
            $"The load {(failure.Outcome == "refused" ? "was refused" : failure.Outcome == "interrupted" ? "was interrupted" : "failed")}",
            Text($"{failure.Ended.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, exit code {failure.ExitCode}"));
        page.Append(Invariant($"<p class=\"say\">{HtmlText.Of(failure.Error)}</p>"));
        Table(page, "Where and what", ["", ""], [["Archive", failure.Archive], ["Database", failure.Database], ["Phase", failure.Phase],
            ["Program", failure.Program], ["Began", Text($"{failure.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")]], textColumns: 2);
        if (failure.Events.Count > 0)
        {
            page.Append("<h2>Events</h2><ul>").AppendJoin("", failure.Events.Select(seen => $"<li>{HtmlText.Of(seen)}</li>")).Append(
                "</ul>");
        }

        return End(page);
    }

    private static void Charts(StringBuilder page, PopulateReport report)
    {
        double[] seconds = [.. report.Curve.Select(point => point.Seconds)];
        page.Append("<h2>Throughput</h2>")
            .Append(SvgChart.Lines("Rows a second over time", seconds,
                [("rows a second", [.. report.Curve.Select(point => point.RowsPerSecond)])], value => Number(value)));
        page.Append("<h2>What each stage did in the load phase</h2>")
            .Append(
            SvgChart.Split([
                .. report.Stages.Select(stage => (stage.Name, stage.BusySeconds, stage.WaitingInputSeconds, stage.WaitingOutputSeconds))]));
        string[] names =
            [.. report.Curve.SelectMany(point => point.Stages).Where(stage => stage.Fill > 0).Select(stage => stage.Name).Distinct()];
        if (names.Length == 0) return;
        page.Append("<h2>How full the queues were</h2>").Append(SvgChart.Lines(
            "Fill of the queues over time", seconds,
            [.. names.Select(
                name =>
                    (name, (IReadOnlyList<double>)[
                        .. report.Curve.Select(point => point.Stages.FirstOrDefault(stage => stage.Name == name)?.Fill ?? 0)]))],
            value => Text($"{value:P0}")));
    }

    internal static void Begin(StringBuilder page, string title, string subtitle) =>
        page.Append(string.Create(
            CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                    + $"content=\"width=device-width,initial-scale=1\"><title>"
                    + $"{HtmlText.Of(title)}</title><style>{HtmlText.Style}</style></head><body><h1>{HtmlText.Of(title)}</h1><p "
                    + $"class=\"dim\">{HtmlText.Of(subtitle)}</p>"));

    internal static string End(StringBuilder page) => page.Append("</body></html>\n").ToString();

    private static void Card(StringBuilder page, string label, string value) =>
        page.Append(Invariant($"<div class=\"card\"><b>{HtmlText.Of(value)}</b><span>{HtmlText.Of(label)}</span></div>"));

    internal static void Table(StringBuilder page, string title, string[] columns, IEnumerable<string[]> rows, int textColumns = 1)
    {
        page.Append(Invariant($"<h2>{HtmlText.Of(title)}</h2><div class=\"scroll\"><table>"));
        if (columns.Any(column => column.Length > 0))
        {
            page.Append("<tr>")
                .AppendJoin("", columns.Select(
                    (column, index) => $"<th{(index >= textColumns ? " class=\"n\"" : "")}>{HtmlText.Of(column)}</th>")).Append("</tr>");
        }

        foreach (string[] row in rows)
        {
            page.Append("<tr>")
                .AppendJoin("", row.Select((cell, index) => $"<td{(index >= textColumns ? " class=\"n\"" : "")}>{HtmlText.Of(cell)}</td>"))
                .Append("</tr>");
        }

        page.Append("</table></div>");
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);
}
