using System.Globalization;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>
/// Prints the summary of a load for people: at most 25 lines of at most 80 columns. The report of <c>--report</c> contains everything.
/// </summary>
internal static class ReportPrinter
{
    private const int Columns = 80;
    private const int MostLines = 25;
    private const int LabelColumns = 14;

    /// <summary>Prints it.</summary>
    public static void Print(PopulateReport report, TextWriter writer)
    {
        foreach (string line in Render(report)) writer.WriteLine(line);
    }

    /// <summary>Prints a fact behind its label, wrapped.</summary>
    public static void Write(TextWriter writer, string label, string text)
    {
        foreach (string line in Wrap(label, text, int.MaxValue)) writer.WriteLine(line);
    }

    /// <summary>The lines.</summary>
    internal static IReadOnlyList<string> Render(PopulateReport report)
    {
        PopulateReport.CheckpointSection checkpoint = report.Checkpoint;
        PopulateReport.ServerSection server = report.Server;
        string[] last =
            ["",
                .. Wrap(
                    "",
                    Text(
                        $"{report.Tables.Sum(
                            table => table.Rows):N0} rows in {report.Seconds:F2} s: {report.RowsPerSecond:N0} rows/s. Committed."), 1)];
        var lines = new List<string>();
        Add("Checkpoint",
            Text(
                $"ledger {checkpoint.Ledger:N0}, protocol {checkpoint.Protocol}, closed {LedgerTime.Text(
                    checkpoint.CloseTime, checkpoint.CloseTimeMilliseconds)}"), 1);
        Add("Network", checkpoint.Network, 1);
        Add("Archive", checkpoint.Archive, 1);
        Add("Rests on", checkpoint.RestsOn, 3);
        Add("Header", checkpoint.HeaderHash, 1);
        Add("Entries", Text($"{report.Entries.Read:N0} read = {report.Entries.Written:N0} written + {report.Entries.Skipped:N0} skipped"),
            1);
        Add("Tables",
            string.Join(", ", report.Tables.Where(table => table.Rows > 0).OrderByDescending(table => table.Rows).Select(
                table => Text($"{table.Name} {table.Rows:N0}"))), 5);
        Add("Bottleneck", report.Bottleneck.Sentence, 3);

        // Phases too short to matter are left out: all others, the last one too, should have room.
        double shortest = Math.Max(0.005, report.Seconds / 2000);
        Add("Phases, s", string.Join(
            ", ", report.Phases.Where(phase => phase.Seconds >= shortest).Select(phase => Text($"{phase.Name} {phase.Seconds:F2}"))), 3);
        Add("Foreign keys",
            Text(
                $"{report.ForeignKeys.Strategy}, {report.ForeignKeys.Proofs.Count} keys proved, {report.ForeignKeys.Proofs.Sum(
                    proof => proof.Violations):N0} violations"), 1);
        PopulateReport.ByteSection bytes = report.Bytes;
        Add("Bytes",
            $"{ProgressText.Bytes(bytes.Compressed)} of buckets ({ProgressText.Bytes(bytes.Downloaded)} downloaded), "
                + $"{ProgressText.Bytes(bytes.Rows)} sent", 1);
        Add("Memory",
            $"peak {ProgressText.Bytes(report.Memory.PeakWorkingSetBytes)}, rows in flight at most "
                + $"{ProgressText.Bytes(report.Memory.PeakRowBytesInFlight)}", 1);
        Add("Server", $"{server.Version.Split(" (")[0]} at {server.Host}", 1);
        Add("Loaded into", $"schema {server.Schema} of database {server.Database}, as {server.Role}", 1);
        Add("Run",
            string.Create(CultureInfo.InvariantCulture,
                $"{report.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {report.Ended.UtcDateTime:HH:mm:ss} UTC, "
                    + $"{report.Program}{(report.Attempts > 1 ? Text($", attempt {report.Attempts}") : "")}"), 2);

        // Texts that require action come first, because there may not be room for all.
        (string Label, string Text)[] more =
        [
            .. report.Warnings.Select(text => ("Remark", text)), .. report.Living.Moved.Select(text => ("Moved", text)),
            .. report.Living.Dropped.Select(text => ("Dropped", text)),
            .. report.Living.Kept.Select(text => ("Kept", text)),
            .. report.Remarks.Except(report.Warnings).Select(text => ("Remark", text)),
        ];
        for (int index = 0; index < more.Length; index++)
        {
            int room = MostLines - last.Length - lines.Count;
            if (room <= 0) break;
            bool isLast = index == more.Length - 1;
            if (room == 1 && !isLast)
            {
                Add("Remark", Text($"and {more.Length - index} more: --report FILE.json has them all"), 1);
                break;
            }

            Add(more[index].Label, more[index].Text, isLast ? room : Math.Min(3, room - 1));
        }

        return [.. lines, .. last];

        void Add(string label, string text, int most) => lines.AddRange(Wrap(label, text, most));
    }

    /// <summary>Breaks a text between words and cuts it after some lines.</summary>
    internal static IEnumerable<string> Wrap(string label, string text, int most)
    {
        string start = label.Length == 0 ? "" : label.PadRight(LabelColumns);
        int width = Columns - start.Length;
        for (int line = 1; text.Length > 0 || line == 1; line++)
        {
            int cut = text.Length;
            if (text.Length > width)
            {
                bool isLast = line == most;
                int space = text.LastIndexOf(' ', isLast ? width - 2 : width);
                cut = space > 0 ? space : isLast ? width - 2 : width;
                if (isLast)
                {
                    yield return $"{start}{text[..cut].TrimEnd(',')} …";
                    yield break;
                }
            }

            yield return (start + text[..cut]).TrimEnd();
            text = text[cut..].TrimStart();
            start = new string(' ', start.Length);
        }
    }

    private static string Text(FormattableString value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
