using System.Globalization;
using Spectre.Console;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output;

/// <summary>Prints the report of a load for people. The JSON report holds the same figures.</summary>
internal static class ReportPrinter
{
    private const int MinWidth = 120;

    public static void Print(PopulateReport report, IAnsiConsole console)
    {
        Widen(console);
        PopulateReport.CheckpointSection checkpoint = report.Checkpoint;
        Line(console, "Checkpoint", $"ledger {checkpoint.Ledger:N0} of {checkpoint.Network}, protocol {checkpoint.Protocol}, closed {LedgerTime.Text(checkpoint.CloseTime, checkpoint.CloseTimeMilliseconds)}");
        Line(console, "Archive", $"{checkpoint.Archive}");
        Line(console, "Proof", $"{checkpoint.Proof}");
        Line(console, "Rests on", $"{checkpoint.RestsOn}");
        Line(console, "Header", $"{checkpoint.HeaderHash}");
        console.WriteLine();
        Entries(report, console);
        Tables(report, console);
        Stages(report, console);
        Line(console, "Bottleneck", $"{report.Bottleneck.Sentence}");
        Line(console, "Phases", $"{string.Join(", ", report.Phases.Select(phase => Text($"{phase.Name} {phase.Seconds:F2} s")))}");
        Line(console, "Foreign keys", $"{report.ForeignKeys.Strategy}: {report.ForeignKeys.Reason}");
        foreach (PopulateReport.ProofRow proof in report.ForeignKeys.Proofs) Line(console, "", $"{proof.Constraint} ({proof.Table} to {proof.References}): {proof.Violations:N0} violations, {proof.Proof}, {proof.Seconds:F2} s");
        if (report.TokenMetadata is { } tokens) Line(console, "Token names", $"{tokens.FromStorage:N0} contracts from their instance storage, {tokens.Unknown:N0} unknown");
        foreach (string what in report.Living.Kept) Line(console, "Kept", $"{what}");
        foreach (string what in report.Living.Moved) Line(console, "Moved", $"{what}");
        foreach (string what in report.Living.Dropped) Line(console, "Dropped", $"{what}");
        Line(console, "Archive bytes", $"{Mebibytes(report.Bytes.Compressed)} compressed, {Mebibytes(report.Bytes.Raw)} raw; {Mebibytes(report.Bytes.Rows)} of rows sent");
        Line(console, "Memory", $"peak working set {Mebibytes(report.Memory.PeakWorkingSetBytes)}, rows in flight at most {Mebibytes(report.Memory.PeakRowBytesInFlight)} of {Mebibytes(report.Memory.RowBytesLimit)}");
        Line(console, "Server", $"{report.Server.Version} at {report.Server.Host}");
        Line(console, "Loaded into", $"schema {report.Server.Schema} of database {report.Server.Database}");
        Line(console, "Settings", $"{string.Join(", ", report.Server.Settings.Select(setting => $"{setting.Key} = {setting.Value}"))}");
        if (report.Attempts > 1) Line(console, "Attempts", $"{report.Attempts}; all figures are of the last one");
        foreach (string remark in report.Remarks) Line(console, "Remark", $"{remark}");
        console.WriteLine();
        console.WriteLine(Text($"{report.Tables.Sum(table => table.Rows):N0} rows in {report.Seconds:F2} s: {report.RowsPerSecond:N0} rows/s. Committed."));
    }

    /// <summary>In a file or a pipe there is no window whose width the tables would have to fit.</summary>
    internal static void Widen(IAnsiConsole console) => console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);

    private static void Entries(PopulateReport report, IAnsiConsole console)
    {
        PopulateReport.EntrySection entries = report.Entries;
        Line(console, "Entries", $"{entries.Read:N0} read = {entries.Written:N0} written + {entries.Skipped:N0} skipped ({entries.Records:N0} records, {entries.Shadowed:N0} older versions, {entries.Tombstones:N0} tombstones)");
        Table table = NewTable("entry type", "became", "entries");
        foreach (PopulateReport.OutcomeRow row in entries.Outcomes) table.AddRow(row.Type, Markup.Escape(row.Written ? row.Outcome : $"skipped: {row.Outcome}"), Number(row.Count));
        console.Write(table);
    }

    private static void Tables(PopulateReport report, IAnsiConsole console)
    {
        Table table = NewTable("table", "rows", "batches", "bytes", "COPY s");
        foreach (PopulateReport.TableRow row in report.Tables) table.AddRow(row.Name, Number(row.Rows), Number(row.Batches), Number(row.Bytes), Text($"{row.Seconds:F2}"));
        console.Write(table);
    }

    private static void Stages(PopulateReport report, IAnsiConsole console)
    {
        Table table = NewTable("stage", "workers", "messages", "busy s", "waits for input s", "waits for output s");
        foreach (PopulateReport.StageRow row in report.Stages)
        {
            table.AddRow(row.Name, Number(row.Workers), Number(row.Items), Text($"{row.BusySeconds:F2}"), Text($"{row.WaitingInputSeconds:F2}"), Text($"{row.WaitingOutputSeconds:F2}"));
        }

        console.Write(table);
    }

    internal static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(columns[i]);
            table.AddColumn(i > 0 && columns[i] != "became" ? column.RightAligned() : column);
        }

        return table;
    }

    // Plain text with a fixed label width: a line can be found with grep, also where a long value is wrapped by nobody.
    internal static void Line(IAnsiConsole console, string label, FormattableString value) => console.Profile.Out.Writer.WriteLine($"{label,-14}{value.ToString(CultureInfo.InvariantCulture)}");

    internal static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Text(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string Mebibytes(long bytes) => Text($"{bytes / 1048576.0:N1} MiB");
}
