using System.Globalization;
using System.Text;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Layers;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Results;

/// <summary>One dated section of results, as Markdown.</summary>
internal sealed class ResultSection(LoadTestOptions options, Dataset dataset, RunFacts facts, IReadOnlyList<LayerResult> results)
{
    private const double Mebibyte = 1 << 20;

    private readonly StringBuilder text = new();

    private LayerResult? Ceiling => results.FirstOrDefault(result => result.Layer.Name == DatabaseLayer.CeilingName);

    public string Write()
    {
        string label = options.Label is { } word ? $": {word}" : "";
        Line($"## {facts.Started:yyyy-MM-dd HH:mm} UTC, commit {facts.Commit}{label}");
        Raw();
        WriteFacts();
        WriteClient();
        WriteDatabase();
        WriteSteps();
        WriteRounds();
        Line($"**Bottleneck.** {BottleneckSentence()}");
        return text.ToString();
    }

    private void WriteFacts()
    {
        DatasetFacts data = dataset.Facts;
        MachineFacts machine = facts.Machine;
        Line(
            $"- Machine: {machine.Cpu}, {machine.Cores} cores, {machine.MemoryBytes / Mebibyte
                / 1024:F0} GiB; {machine.Disk}; {machine.OperatingSystem}. Not pinned to cores.");
        string warning = facts.BusyBefore > 0.1 ? " (**the machine was not idle: do not compare these times with others**)" : "";
        Line(
            $"- Load of others before the first round: {(facts.BusyBefore is { } busy ? $"{busy:P0} of all cores{warning}" : "unknown")}.");
        Line($"- Runtime: {machine.Runtime}; Npgsql {machine.Npgsql}.");
        if (facts.ServerSettings is { } settings)
        {
            string kind =
                facts.ServerIsPrivate
                    ? $"private, profile {options.Profile.ToString().ToLowerInvariant()}, on the same machine, over a unix socket"
                    : $"named by the user, {(facts.ServerIsLocal ? "on the same machine" : "on another machine")}";
            Line(
                $"- PostgreSQL {settings.GetValueOrDefault("server_version")} ({kind}): {string.Join(", ",
                    settings.Where(setting => setting.Key != "server_version").Select(setting => $"{setting.Key} = {setting.Value}"))}.");
        }

        text.Append(CultureInfo.InvariantCulture,
            $"- Data: generated, seed {options.Size.Seed}, checkpoint {data.Checkpoint:N0}: {data.LiveEntries:N0} live entries in "
                + $"{data.Records:N0} records of {data.Buckets} buckets, {data.CompressedBytes / Mebibyte:N0} MiB compressed, "
                + $"{data.RawBytes / Mebibyte:N0} MiB raw, {data.RowBytes / Mebibyte:N0} MiB as rows. Inputs in the page cache.")
            .Append('\n');
        Line($"- Rows: {string.Join(", ", data.ExpectedRows.Select(table => $"{table.Key} {table.Value:N0}"))}; {data.Rows:N0} in total.");
        string verified = facts.VerifiedAgainst is { } reference
            ? $"yes: after each of {facts.Verifications} loads, all {data.ExpectedRows.Count} tables had the generator's row counts and "
                + $"the same checksums as after {reference}"
            : "no table was filled; entry counts checked";
        Line($"- Rounds: {options.Rounds}, interleaved. Verified: {verified}.");
        var defaults = new LoadTestOptions { DataDirectory = "" };
        if (options.Populate != defaults.Populate)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"- populate with other options than the defaults: batch rows {options.Populate.BatchRows:N0}, batch bytes "
                    + $"{options.Populate.BatchBytes:N0}, decode workers {options.Populate.DecodeWorkers}, rebuild indexes "
                    + $"{options.Populate.IndexRebuild.ToString().ToLowerInvariant()}.").Append('\n');
        }

        foreach (IGrouping<string, string> obstacle in facts.Obstacles.GroupBy(pair => pair.Value, pair => pair.Key))
            Line($"- Not measured: {string.Join(", ", obstacle)}: {obstacle.Key}.");
        Raw();
    }

    private void WriteClient()
    {
        List<LayerResult> rows = [.. results.Where(result => result.Layer.Group is LayerGroup.Client or LayerGroup.Tool)];
        if (rows.Count == 0) return;
        Raw("| client layer | what | median s | min–max s | MB/s | entries/s | CPU s | entries per CPU s | allocated MiB | peak RSS MiB | "
            + "GCs (pause ms) | time ÷ ceiling |");
        Raw("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (LayerResult row in rows)
        {
            Statistics seconds = row.Seconds;
            Measurement typical = row.Typical;
            double? cpu = row.Median(round => round.ClientCpuSeconds);
            bool isTool = row.Layer.Group == LayerGroup.Tool;
            Line(
                $"| {row.Layer.Name} | {row.Layer.Description} | {seconds.Median:F2} | {seconds.Least:F2}–{seconds.Most:F2} | {typical.Bytes
                    / 1e6 / seconds.Median:N0} | {PerSecond(typical.Items, seconds.Median)} | {cpu:F2} | {PerSecond(typical.Items,
                        cpu ?? 0)} | {(isTool ? "" : Mebibytes(typical.AllocatedBytes))} | {Mebibytes(
                            row.Rounds.Max(round => round.PeakResidentBytes))} | {(isTool ? "" : Pauses(typical))} | {Ratio(row)} |");
        }

        Raw();
    }

    private void WriteDatabase()
    {
        List<LayerResult> rows = [.. results.Where(result => result.Layer is DatabaseLayer)];
        if (rows.Count == 0) return;
        Raw("| database layer | what | median s | min–max s | ÷ C (median of rounds) | min–max | rows/s | WAL MB | server CPU s | client "
            + "CPU s | peak RSS MiB | GCs (pause ms) |");
        Raw("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (LayerResult row in rows)
        {
            Statistics seconds = row.Seconds;
            Statistics ratio = Ceiling is { } ceiling ? row.RatioTo(ceiling) : default;
            bool hasRatio = Ceiling is not null;
            bool inProcess = row.Typical.Report is not null;
            Line(
                $"| {row.Layer.Name} | {row.Layer.Description} | {seconds.Median:F2} | {seconds.Least:F2}–{seconds.Most:F2} | {(hasRatio
                    ? $"**{ratio.Median:F2}**"
                    : "")} | {(hasRatio ? $"{ratio.Least:F2}–{ratio.Most:F2}" : "")} | {PerSecond(row.Typical.Items,
                        seconds.Median)} | {row.Median(round => round.WalBytes) / 1e6:N0} | {row.Median(
                            round => round.ServerCpuSeconds):F2} | {row.Median(
                                round => round.ClientCpuSeconds):F2} | {(row.Layer.Group == LayerGroup.Load
                                    ? Mebibytes(row.Rounds.Max(round => round.PeakResidentBytes))
                                    : "")} | {(inProcess ? Pauses(row.Typical) : "")} |");
        }

        Raw();
    }

    private void WriteSteps()
    {
        foreach (LayerResult row in results.Where(result => result.Typical.Steps.Count > 0))
        {
            IEnumerable<string> steps = row.Typical.Steps.Select(step => step.Key).Distinct()
                .Select(
                name => Invariant($"{name} {row.Median(round => round.Steps.Where(step => step.Key == name).Sum(step => step.Value)):F2}"));
            Line($"- {row.Layer.Name}, median seconds: {string.Join(", ", steps)}.");
            if (row.Typical.Report is not { } report) continue;
            IEnumerable<string> stages = report.Stages.Select(stage =>
                Invariant($"{stage.Name} {stage.BusySeconds:F2} / {stage.WaitingInputSeconds:F2} / {stage.WaitingOutputSeconds:F2}"));
            IEnumerable<string> copies = report.Tables.Where(table => table.Rows > 0).Select(
                table => Invariant($"{table.Name} {table.Seconds:F2} s in {table.Batches}"));
            Line($"  - stages (busy / waiting for input / for output, s): {string.Join("; ", stages)}. COPY: {string.Join(", ", copies)}.");
            Line(
                $"  - foreign keys: {report.ForeignKeys.Strategy}. {report.ForeignKeys.Reason} Proofs: {string.Join(
                    ", ", report.ForeignKeys.Proofs.Select(proof => Invariant($"{proof.Constraint} {proof.Seconds:F2} s")))}.");
        }

        Raw();
    }

    private void WriteRounds()
    {
        Raw("Seconds of each round:");
        Raw();
        foreach (LayerResult row in results)
            Line($"- {row.Layer.Name}: {string.Join(" ", row.Rounds.Select(round => Invariant($"{round.Seconds:F2}")))}");
        Raw();
    }

    private string BottleneckSentence()
    {
        LayerResult? populate = results.FirstOrDefault(result => result.Layer.Name == PopulateLayer.MainName);
        if (populate?.Typical.Report is not { } report)
        {
            return results.Count == 0
                ? "Nothing was measured."
                : Invariant($"No load was measured; the slowest layer was {results.MaxBy(result => result.Seconds.Median)!.Layer.Name}.");
        }

        string ratio =
            Ceiling is { } ceiling
                ? string.Create(CultureInfo.InvariantCulture,
                    $" populate took {populate.RatioTo(ceiling).Median:F2} times the server's own COPY of the same rows (C, "
                            + $"{ceiling.Seconds.Median:F2} s).")
                : "";
        string server = populate.Median(round => round.ServerCpuSeconds) is { } cpu
            ? Invariant($" The server's sessions used {cpu:F2} s of CPU in the {populate.Seconds.Median:F2} s.")
            : "";
        return report.Bottleneck.Sentence + ratio + server;
    }

    private string Ratio(LayerResult row) =>
        row.Layer.Ceiling is { } name && results.FirstOrDefault(result => result.Layer.Name == name) is { } ceiling
            ? Invariant($"{row.RatioTo(ceiling).Median:F2} × {name}")
            : "";

    private static string PerSecond(long items, double seconds) =>
        items == 0 || seconds <= 0 ? "" : Invariant($"{items / seconds / 1e6:F2} M");

    private static string Mebibytes(long? bytes) => bytes is { } known ? Invariant($"{known / Mebibyte:N0}") : "";

    private static string Pauses(Measurement measured) => Invariant($"{measured.Collections} ({measured.PauseSeconds * 1000:F0})");

    private static string Invariant(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);

    private void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private void Raw(string line = "") => text.Append(line).Append('\n');
}
