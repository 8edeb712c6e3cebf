using System.Globalization;
using System.Text;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>One dated section of results, as Markdown.</summary>
internal sealed class WriterCostSection(CostOptions options, CostFacts facts, IReadOnlyList<WriterResult> results)
{
    private const double Gibibyte = 1L << 30;

    private readonly StringBuilder text = new();

    public string Write()
    {
        Line($"## {facts.Started:yyyy-MM-dd HH:mm} UTC, commit {facts.Commit}");
        Line($"");
        Line(
            $"- Machine: {facts.Machine.Cpu}, {facts.Machine.Cores} cores, {facts.Machine.MemoryBytes
                / Gibibyte:F0} GiB; {facts.Machine.Disk}; {facts.Machine.OperatingSystem}.");
        Line(
            $"- Load averages of the machine (1 / 5 / 15 minutes): before {facts.LoadBefore ?? "unknown"}; after {facts.LoadAfter
                ?? "unknown"}.");
        if (options.Note is { } note) Line($"- {note}");
        Line($"- Runtime: {facts.Machine.Runtime}; Npgsql {facts.Machine.Npgsql}.");
        string settings = string.Join(
            ", ", facts.Settings.Where(setting => setting.Key != "server_version").Select(setting => $"{setting.Key} = {setting.Value}"));
        Line($"- PostgreSQL {facts.Settings["server_version"]} (private, started for this run, over a Unix socket): {settings}.");
        text.Append(CultureInfo.InvariantCulture,
            $"- Table: 8 columns of 33 + 16 bytes of key, five bigint, one integer; {WriterRows.Held:N0} rows before each measurement, for "
                + $"which it is created and vacuumed again. Keys are in random order; half of a batch's keys exist already, for COPY none "
                + $"of the same keys. For \"upsert and delete\", a quarter of the rows deletes its key.").Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"- Each transaction has one batch. Milliseconds from the first byte of the batch, which is encoded before, to the answer of "
                + $"COMMIT, without opening the transaction and inspecting the table. \"Staged\": by COPY into a temporary table, then "
                + $"moved by one statement. \"Arrays\": one array parameter for each column of the same statement.").Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"- {options.Rounds} rounds, interleaved, of up to 20 transactions each; median (min–max). × is the time divided by that of "
                + $"COPY in the same round. Every transaction's counters added up to its rows, and after every measurement the numbers of "
                + $"all and of written rows in the table were as expected.").Append('\n');
        Line($"");
        Line($"| rows | way | ms | × COPY | µs per row |");
        Line($"|---|---|---|---|---|");
        foreach (WriterResult result in results)
        {
            WriterResult baseline = results.First(other => other.Rows == result.Rows);
            Statistics ratio = result.RatioTo(baseline);
            string times = result == baseline ? "1" : Spread(ratio, "F2");
            Line(
                $"| {result.Rows:N0} | {result.Variant.Name} | {Spread(
                    result.Time, "F2")} | {times} | {result.Time.Median * 1000 / result.Rows:F1} |");
        }

        Line($"");
        return text.ToString();
    }

    private static string Spread(Statistics value, string format)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return $"**{value.Median.ToString(format, culture)}** "
            + $"({value.Least.ToString(format, culture)}–{value.Most.ToString(format, culture)})";
    }

    private void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
}
