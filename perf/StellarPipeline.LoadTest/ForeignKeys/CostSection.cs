using System.Globalization;
using System.Text;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>One dated section of results, as Markdown.</summary>
internal sealed class CostSection(CostOptions options, CostFacts facts, IReadOnlyList<CostResult> results)
{
    private const double Megabyte = 1e6;
    private const double Mebibyte = 1 << 20;

    private readonly StringBuilder text = new();

    public string Write()
    {
        Line($"## {facts.Started:yyyy-MM-dd HH:mm} UTC, commit {facts.Commit}");
        Line($"");
        WriteFacts();
        foreach (int children in options.Children) WriteTable(children);
        Line($"Seconds of each round:");
        Line($"");
        foreach (CostResult result in results)
        {
            Line(
                $"- {result.Variant.Name}, {result.Children:N0}: {string.Join(
                    " ", result.Rounds.Select(round => round.Seconds.ToString("F2", CultureInfo.InvariantCulture)))}");
        }

        return text.ToString();
    }

    private void WriteFacts()
    {
        Line(
            $"- Machine: {facts.Machine.Cpu}, {facts.Machine.Cores} cores, {facts.Machine.MemoryBytes / Mebibyte
                / 1024:F0} GiB; {facts.Machine.Disk}; {facts.Machine.OperatingSystem}.");
        Line(
            $"- Load averages of the machine (1 / 5 / 15 minutes): before {facts.LoadBefore ?? "unknown"}; after {facts.LoadAfter
                ?? "unknown"}.");
        if (options.Note is { } note) Line($"- {note}");
        Line($"- Runtime: {facts.Machine.Runtime}; Npgsql {facts.Machine.Npgsql}.");
        string settings = string.Join(
            ", ", facts.Settings.Where(setting => setting.Key != "server_version").Select(setting => $"{setting.Key} = {setting.Value}"));
        Line(
            $"- PostgreSQL {facts.Settings["server_version"]} ({(facts.ServerIsPrivate
                ? "private, started for this run"
                : "named by the user")}): {settings}.");
        text.Append(CultureInfo.InvariantCulture,
            $"- Tables: {CostTables.ParentRows:N0} parents (uuid primary key, text); children (bytea of 33 bytes + uuid as primary key, "
                + $"four bigint, one foreign key to parents, DEFERRABLE INITIALLY DEFERRED), sorted by primary key.").Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"- Each load: its own database, CHECKPOINT, rows encoded in advance; one transaction, binary COPY of 250,000 rows at a time. "
                + $"Seconds are from BEGIN to the answer of COMMIT. They include the preparation (plan and statements before the first "
                + $"row), which has no column.").Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"- WAL: pg_wal_lsn_diff of the insert positions. Server CPU: the session and its parallel workers; other work on the machine "
                + $"affects it less than the seconds. Memory: peak of all rounds of RssAnon of the session and its parallel workers plus "
                + $"the dynamic shared memory of parallel plans, sampled every 50 ms; without shared_buffers.").Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"- {options.Rounds} rounds, interleaved; median (min–max). × is the time divided by that without foreign key in the same "
                + $"round. After every load, both row counts, both primary keys and the valid foreign key were verified.").Append('\n');
        Line($"");
    }

    private void WriteTable(int children)
    {
        List<CostResult> rows = [.. results.Where(result => result.Children == children)];
        CostResult baseline = rows.First(result => result.Variant.Options is null);
        Line($"{children:N0} child rows:");
        Line($"");
        text.Append(CultureInfo.InvariantCulture,
            $"| strategy | what is done | seconds | × | COPY s | checks and proof s | COMMIT s | server CPU s | WAL MB | server memory MiB "
                + $"|").Append('\n');
        Line($"|---|---|---|---|---|---|---|---|---|---|");
        foreach (CostResult row in rows)
        {
            string memory = row.MemoryBytes is { } bytes ? (bytes / Mebibyte).ToString("N0", CultureInfo.InvariantCulture) : "not measured";
            Statistics ratio = row.RatioTo(baseline);
            string cpu = row.CpuSeconds is { } seconds ? Plain(seconds) : "not measured";
            Line(
                $"| {row.Variant.Name} | {row.Variant.Description} | **{Spread(row.Of(round => round.Seconds),
                    "F1")} | {(row == baseline ? "1" : $"**{Spread(ratio, "F2")}")} | {Plain(row, round => round.CopySeconds)} | {Plain(row,
                        round => round.ProofSeconds)} | {Plain(row,
                            round => round.CommitSeconds)} | {cpu} | {row.Of(round => round.WalBytes / Megabyte).Median:N0} | {memory} |");
        }

        Line($"");
    }

    /// <summary>The median, closing its bold text, and the spread in parentheses.</summary>
    private static string Spread(Statistics value, string format)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return $"{value.Median.ToString(format, culture)}** "
            + $"({value.Least.ToString(format, culture)}–{value.Most.ToString(format, culture)})";
    }

    private static string Plain(CostResult row, Func<CostMeasurement, double> value) => Plain(row.Of(value));

    private static string Plain(Statistics value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value.Median:F2} ({value.Least:F2}–{value.Most:F2})");

    private void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
}
