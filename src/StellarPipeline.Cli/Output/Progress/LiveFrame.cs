using System.Globalization;
using Spectre.Console;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>Draws one sample of a job for a terminal of 40 to 200 columns: lines of markup, none wider than the terminal.</summary>
internal static class LiveFrame
{
    private const int WideColumns = 60;
    private const int MostTableLines = 3;

    /// <summary>The lines.</summary>
    /// <param name="rates">The measured rates.</param>
    /// <param name="sentence">The sentence about what bounds the job.</param>
    /// <param name="columns">Columns of the terminal.</param>
    /// <param name="rows">Rows of the terminal; what does not fit is left out, the sentence last.</param>
    public static IReadOnlyList<MarkupLine> Render(ProgressRates rates, string sentence, int columns, int rows)
    {
        JobProgress now = rates.Now;
        var lines = new List<MarkupLine> { Head(rates, columns) };
        if (now.Total > 0) lines.Add(Bar(now, columns));
        if (now.Rows > 0 || now.Phase == "load")
        {
            lines.Add(
                Plain("rows", FormattableString.Invariant(
                    $"{now.Rows:N0}, {rates.RowsPerSecond:N0}/s now, {rates.RowsPerSecondOverall:N0}/s overall"), columns));
        }

        if (now.Download is { Files: > 0 } download) lines.Add(Plain("archive", Download(rates, download), columns));
        // The stages have ended before the keys are proved: bars of nothing but waiting would mislead.
        if (now.Stages.Count > 0 && rates.Stages.Count > 0 && now.Phase is not ("foreign keys" or "commit"))
        {
            lines.Add(Legend(columns));
            lines.AddRange(rates.Stages.Select(stage => Stage(stage, columns)));
        }

        if (now.Tables.Count > 0) lines.AddRange(Tables(now.Tables, columns));
        MarkupLine[] last = [.. Wrap(sentence, columns).Select(text => new MarkupLine().Add(text, Color.Yellow, bold: true))];
        int room = Math.Max(1, rows - 1 - last.Length);
        return [.. lines.Take(room), .. last.Take(Math.Max(1, rows - 2))];
    }

    private static MarkupLine Head(ProgressRates rates, int columns)
    {
        string left = $"{rates.Now.Job}: {rates.Now.Phase}";
        string right = rates.Left is { } time
            ? $"{ProgressText.Time(rates.Now.Elapsed)}, {ProgressText.Time(time)} left"
            : ProgressText.Time(rates.Now.Elapsed);
        return new MarkupLine().Add(left.PadRight(Math.Max(left.Length + 1, columns - 1 - right.Length)), null, bold: true)
            .Add(right, null, bold: false).Cut(columns);
    }

    private static MarkupLine Bar(JobProgress now, int columns)
    {
        double share = (double)now.Done / now.Total;
        string text = FormattableString.Invariant($" {share:P1} of {ProgressText.Amount(now.Total, now.Unit)}");
        int width = Math.Max(5, columns - 1 - text.Length);
        int full = (int)Math.Round(share * width);
        return new MarkupLine().Add(new string('━', full), Color.Green, bold: false)
            .Add(new string('─', width - full), Color.Grey, bold: false).Add(text, null, bold: false).Cut(columns);
    }

    private static string Download(ProgressRates rates, DownloadProgress download)
    {
        string rate = rates.Now.Phase == "fetch" || rates.FetchedPerSecond > 0
            ? FormattableString.Invariant($" at {rates.FetchedPerSecond / 1048576:F1} MiB/s")
            : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{download.Done} of {download.Files} buckets, {ProgressText.Bytes(download.FetchedBytes)} fetched{rate}, "
                    + $"{ProgressText.Bytes(Math.Max(0, download.Bytes - download.FetchedBytes))} cached");
    }

    private static MarkupLine Legend(int columns) => columns < WideColumns
        ? new MarkupLine().Add("stage      busy|waits in|waits out   queue", Color.Grey, bold: false).Cut(columns)
        : new MarkupLine().Add("stage      ", Color.Grey, bold: false).Add("█ busy", Color.Green, bold: false)
            .Add("  ▒ waits for input", Color.Blue, bold: false).Add("  ░ waits for output", Color.Red, bold: false)
            .Add("   queue", Color.Grey, bold: false).Cut(columns);

    // The parts use different characters, so that the bar can be read without colours.
    private static MarkupLine Stage(StageShare stage, int columns)
    {
        string tail = FormattableString.Invariant(
            $" {stage.Busy,4:P0} busy {(stage.Capacity > 0 ? FormattableString.Invariant($"{stage.Queued}/{stage.Capacity}") : "-"),5}");
        int width = Math.Clamp(columns - 1 - 11 - tail.Length, 5, 60);
        int busy = (int)Math.Round(stage.Busy * width);
        int output = Math.Min(width - busy, (int)Math.Round(stage.Output * width));
        return new MarkupLine().Add(stage.Name.PadRight(11)[..11], null, bold: false).Add(new string('█', busy), Color.Green, bold: false)
            .Add(new string('▒', width - busy - output), Color.Blue, bold: false)
            .Add(new string('░', output), Color.Red, bold: false).Add(tail, null, bold: false).Cut(columns);
    }

    private static IEnumerable<MarkupLine> Tables(IReadOnlyList<TableProgress> tables, int columns)
    {
        string text =
            string.Join(", ", tables.OrderByDescending(table => table.Rows).Select(
                table => FormattableString.Invariant($"{table.Name} {table.Rows:N0}")));
        string[] all = [.. Wrap(text, columns - 13)];
        if (all.Length > MostTableLines) all = [.. all[..(MostTableLines - 1)], $"{all[MostTableLines - 1].TrimEnd(',')} …"];
        return all.Select((line, index) => Plain(index == 0 ? "tables" : "", line, columns));
    }

    private static MarkupLine Plain(string label, string text, int columns) =>
        new MarkupLine().Add(label.PadRight(11), Color.Grey, bold: false).Add(text, null, bold: false).Cut(columns);

    private static IEnumerable<string> Wrap(string text, int columns)
    {
        int width = Math.Max(10, columns - 1);
        while (text.Length > width)
        {
            int space = text.LastIndexOf(' ', width);
            int cut = space <= 0 ? width : space;
            yield return text[..cut];
            text = text[cut..].TrimStart();
        }

        if (text.Length > 0) yield return text;
    }
}
