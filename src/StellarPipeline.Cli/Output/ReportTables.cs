using System.Globalization;
using Spectre.Console;
using StellarPipeline.Cli.Output.Reports;

namespace StellarPipeline.Cli.Output;

/// <summary>Lines and tables of reports for people.</summary>
internal static class ReportTables
{
    private const int MinWidth = 160;

    /// <summary>Widens the console: the default width is too narrow for the tables, and a file or a pipe has no window.</summary>
    public static void Widen(IAnsiConsole console) => console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);

    /// <summary>A table whose first column is text and whose others are figures.</summary>
    public static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(columns[i]);
            table.AddColumn(i > 0 ? column.RightAligned() : column);
        }

        return table;
    }

    /// <summary>
    /// Plain text with a fixed label width. In a terminal it is wrapped; in a file or a pipe it is one line, so that grep finds it.
    /// </summary>
    public static void Line(IAnsiConsole console, string label, FormattableString value)
    {
        TextWriter writer = console.Profile.Out.Writer;
        if (!console.Profile.Out.IsTerminal)
        {
            writer.WriteLine($"{label,-14}{Text(value)}");
            return;
        }

        ReportPrinter.Write(writer, label.PadRight(14), Text(value));
    }

    /// <summary>A number with separators.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Text in the invariant culture.</summary>
    public static string Text(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Bytes as MiB.</summary>
    public static string Mebibytes(long bytes) => Text($"{bytes / 1048576.0:N1} MiB");
}
