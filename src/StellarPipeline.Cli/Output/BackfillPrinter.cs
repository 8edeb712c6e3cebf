using System.Globalization;
using Spectre.Console;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using static StellarPipeline.Cli.Output.ReportTables;

namespace StellarPipeline.Cli.Output;

/// <summary>Prints what a backfill did or would do, and which ledgers are missing, for people.</summary>
internal static class BackfillPrinter
{
    private const int MostListed = 50;

    /// <summary>Prints the report of a run. The JSON report holds the same figures.</summary>
    public static void Print(BackfillReport report, IAnsiConsole console)
    {
        Widen(console);
        BackfillReport.LedgerSection ledgers = report.Ledgers;
        string range = ledgers.First is { } first ? Text($"{first} to {ledgers.Last}") : "none";
        Line(console, "Ledgers", $"{range} of {ledgers.Network}, from {ledgers.Source}");
        string others = Text($"{ledgers.Found:N0} written by another program, {ledgers.Repaired:N0} torn and written again");
        Line(console, "", $"{ledgers.Loaded:N0} loaded, {ledgers.LoadedBefore:N0} loaded before, {others}");
        foreach (string proof in report.Proofs) Line(console, "Proof", $"{proof}");
        string cursor =
            report.Cursor.Before is { } before ? Text($"{before} before, {report.Cursor.After} now") : "does not exist and was not created";
        Line(console, "Oldest", $"oldest_ingest_ledger {cursor}");
        if (report.Batches > 0) Figures(report, console);
        if (report.Fill is { } fill)
        {
            string beside = fill.Ledgers == 0
                ? ""
                : Text($" {fill.Ledgers:N0} ledgers in {fill.Batches:N0} transactions were written to separate tables.");
            Line(console, "Filling", $"{fill.Sentence}{beside}");
        }

        Line(console, "Bottleneck", $"{report.Bottleneck.Sentence}");
        foreach (string remark in report.Remarks) Line(console, "Remark", $"{remark}");
        console.WriteLine();
        long rows = report.Tables.Sum(table => table.Rows);
        console.WriteLine(ledgers.Loaded == 0
            ? "Nothing was left to load."
            : string.Create(CultureInfo.InvariantCulture,
                $"{ledgers.Loaded:N0} ledgers, {rows:N0} rows in {report.LoadSeconds:F2} s: {report.LedgersPerSecond:N1} ledgers/s, "
                    + $"{report.RowsPerSecond:N0} rows/s."));
        console.WriteLine("Every ledger of the range is loaded.");
    }

    /// <summary>Prints what a run would do.</summary>
    public static void Print(BackfillEstimate estimate, IAnsiConsole console)
    {
        Widen(console);
        List(estimate.Segments, console);
        Line(console, "To load", $"{estimate.Ledgers:N0} ledgers in {estimate.Batches:N0} batches");
        if (estimate.Fill is { } fill) Line(console, "Filling", $"{fill.Sentence}");
        Line(console, "Foreign keys", $"{estimate.ForeignKeys}");
        if (estimate.Retention is { } retention) Line(console, "Retention", $"{retention}");
        if (estimate.Samples == 0) return;
        for (int index = 0; index < HistoryTables.All.Count; index++)
        {
            Line(console, index == 0 ? "Rows, about" : "",
                $"{estimate.Rows.Of(HistoryTables.All[index]):N0} of {HistoryTables.All[index].Name}");
        }

        Line(console, "Bytes, about", $"{Mebibytes(estimate.Bytes)} of rows to send");
        string client = Text($"{estimate.ClientTime.TotalSeconds:N0} s of one processor of this machine");
        Line(console, "Time, about", $"{estimate.ServerTime.TotalSeconds:N0} s of a server with two processors, {client}");
        Line(console, "Based on", $"{estimate.Samples} ledgers of the source; others may be larger or smaller");
        console.WriteLine("Nothing was changed.");
    }

    /// <summary>Prints which ledgers are there.</summary>
    public static void Print(GapSurvey survey, IAnsiConsole console)
    {
        Widen(console);
        if (survey.Range is not { } range)
        {
            console.WriteLine("There are no ledgers in the tables, the bookkeeping or the cursors. Give a range with --from and --to.");
            return;
        }

        Line(console, "Ledgers", $"{range}");
        List(survey.Segments, console);
        Line(console, "Cursors", $"oldest_ingest_ledger {Cursor(survey.Oldest)}, latest_ingest_ledger {Cursor(survey.Latest)}");
        if (survey.CursorLie is { } lie)
        {
            Line(
                console, "Remark",
                $"The cursors say that every ledger between them is there, but {lie.Span} {(lie.Span.Count == 1 ? "is" : "are")} {State(
                    lie.State)}.");
        }

        if (!survey.HasBookkeeping)
        {
            Line(
                console, "Remark", $"This program has not backfilled this database: the list is based on the rows alone.");
        }

        console.WriteLine();
        long missing = survey.CountOf(LedgerState.Missing);
        long torn = survey.CountOf(LedgerState.Torn);
        console.WriteLine(missing + torn == 0 ? "No ledger is missing or torn." : Text($"Missing ledgers: {missing:N0}, torn: {torn:N0}."));
        if (missing + torn > 0) console.WriteLine("backfill loads missing ledgers; with --repair, also torn ones.");
    }

    private static void Figures(BackfillReport report, IAnsiConsole console)
    {
        Table tables = NewTable("table", "rows", "bytes", "COPY s", "rows/s");
        foreach (BackfillReport.TableRow row in report.Tables)
            tables.AddRow(row.Name, Number(row.Rows), Number(row.Bytes), Text($"{row.CopySeconds:F2}"), Number((long)row.RowsPerSecond));
        console.Write(tables);
        Table stages = NewTable(
            "stage", "workers", "messages", "busy s", "of it\nserver s", "waits for\ninput s", "waits for\noutput s");
        foreach (BackfillReport.StageRow row in report.Stages)
        {
            stages.AddRow(
                row.Name, Number(row.Workers), Number(row.Items), Text($"{row.BusySeconds:F2}"), Text($"{row.ServerSeconds:F2}"),
                Text($"{row.WaitingInputSeconds:F2}"),
                Text($"{row.WaitingOutputSeconds:F2}"));
        }

        console.Write(stages);
        Table connections = NewTable(
            "connection", "in COPY s", "waits for\nrows s", "begins s", "proves,\ncommits s", "without\nbatch s");
        foreach (BackfillReport.ConnectionRow row in report.Connections)
        {
            connections.AddRow(
                Number(row.Number), Text($"{row.CopySeconds:F2}"), Text($"{row.WaitingRowsSeconds:F2}"), Text($"{row.OpenSeconds:F2}"),
                Text($"{row.CommitSeconds:F2}"),
                Text($"{row.IdleSeconds:F2}"));
        }

        console.Write(connections);
        Line(console, "Batches", $"{report.Batches:N0} transactions, {report.Retries:N0} retried");
        if (report.WalBytes is { } wal) Line(console, "WAL", $"{Mebibytes(wal)}, including that of other sessions");
        Line(
            console, "Memory",
            $"peak working set {Mebibytes(report.Memory.PeakWorkingSetBytes)}, pages of rows at most {Mebibytes(
                report.Memory.PeakRowBytes)}; {report.Memory.CpuSeconds:F1} s of processor time");
        if (report.Server is not { } server) return;
        Line(console, "Server", $"PostgreSQL {server.Version} at {server.Host}");
        Line(console, "Loaded into", $"schema {server.Schema} of database {server.Database}");
        Line(console, "Settings", $"{string.Join(", ", server.Settings.Select(setting => $"{setting.Key} = {setting.Value}"))}");
    }

    private static void List(IReadOnlyList<LedgerSegment> segments, IAnsiConsole console)
    {
        LedgerSegment[] listed = [.. segments.Where(segment => segment.State is LedgerState.Missing or LedgerState.Torn)];
        foreach (LedgerSegment segment in listed.Take(MostListed))
        {
            string reason = segment.State == LedgerState.Torn ? segment.Reason : "no row in any table";
            Line(
                console, segment.State == LedgerState.Torn ? "  torn" : "  missing", $"{segment.Span} ({segment.Span.Count:N0}): {reason}");
        }

        if (listed.Length > MostListed) Line(console, "", $"and {listed.Length - MostListed:N0} more ranges");
        foreach (LedgerState state in Enum.GetValues<LedgerState>())
        {
            long count = segments.Where(segment => segment.State == state).Sum(segment => segment.Span.Count);
            if (count > 0) Line(console, "", $"{count:N0} {State(state)}");
        }
    }

    private static string State(LedgerState state) => state switch
    {
        LedgerState.Missing => "missing (or closed without transactions, which only a source of ledgers can tell)",
        LedgerState.Loaded => "loaded",
        LedgerState.Found => "written by another program, complete",
        _ => "torn",
    };

    private static string Cursor(uint? ledger) => ledger is { } number ? Text($"{number}") : "absent";
}
