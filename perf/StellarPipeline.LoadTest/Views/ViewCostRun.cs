using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.ForeignKeys;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Views;

/// <summary>
/// Pairs of loads of one archive, one without views and one with all views, each into an empty database.
/// </summary>
/// <remarks>
/// Both run under <c>script</c> in a pseudo-terminal of 120 columns, so that they differ only in the views. After each load the rows of
/// every table are counted and compared with the generator's counts.
/// </remarks>
internal sealed class ViewCostRun
{
    private const string Measured = "view_costs";
    private const string Terminal = "script";

    private readonly List<Look> hidden = [], seen = [];
    private long frames;

    /// <summary>The size of the archive.</summary>
    public required DatasetSize Size { get; init; }

    /// <summary>The folder in which archives are kept.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Rounds, server and results.</summary>
    public required CostOptions Costs { get; init; }

    /// <summary>Measures.</summary>
    public async Task RunAsync(TextWriter log, CancellationToken cancellationToken)
    {
        if (ExternalProgram.Find(Terminal) is null)
            throw LoadTestException.Usage("The program script, which provides the load's terminal, is not installed. Install util-linux.");

        DateTimeOffset started = DateTimeOffset.UtcNow;
        string before = CostFacts.LoadAverage() ?? "unknown";
        Dataset dataset = await DatasetStore.OpenAsync(
            new LoadTestOptions { Size = Size, Rounds = Costs.Rounds, DataDirectory = DataDirectory }, log, cancellationToken);
        (string? published, string? obstacle) = await PublishedProgram.MakeAsync(
            Path.GetFullPath(Path.Combine(DataDirectory, "program")), cancellationToken);
        string program = published ?? throw LoadTestException.Failed(obstacle!);
        await using CostServer server = await CostServer.OpenAsync(Costs, cancellationToken);
        var machine = MachineFacts.Read(server.DataDirectory ?? AppContext.BaseDirectory);
        for (int round = 0; round <= Costs.Rounds; round++)
        {
            bool hiddenFirst = round % 2 == 0;
            foreach (bool isSeen in new[] { !hiddenFirst, hiddenFirst })
            {
                Look look = await LoadAsync(server, dataset, program, isSeen, cancellationToken);

                // The first pair fills the machine's caches and does not count.
                if (round > 0) (isSeen ? seen : hidden).Add(look);
                string kind = isSeen ? "live view and dashboard" : "nothing shown";
                await log.WriteLineAsync(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"round {round}/{Costs.Rounds}  {kind,-24} {look.Seconds,7:F2} s  {look.CpuSeconds,7:F2} s CPU"));
            }
        }

        string section = Section(started, machine, before, dataset.Facts);
        await log.WriteLineAsync();
        await ResultFile.TellAsync(
            log, Costs.ResultsDirectory, machine, "-views.md", "What the views of a load cost", started, section, cancellationToken);
    }

    private async Task<Look> LoadAsync(
        CostServer server, Dataset dataset, string program, bool isSeen, CancellationToken cancellationToken)
    {
        ConnectionSettings target = await server.CopyDatabaseAsync(Measured, "template0", cancellationToken);
        string file = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"pipeline-view-costs-{Environment.ProcessId}.json"));
        int port = FreePort();
        string[] load =
        [
            "dotnet", program, "populate", "--archive", dataset.Archive, "--database", target.ConnectionString, "--report", file,
            .. isSeen
                ? new[] { "--progress", "live", "--dashboard", FormattableString.Invariant($"127.0.0.1:{port}") }
                : ["--progress", "none"],
        ];
        string line = $"stty cols 120 rows 40; exec {string.Join(' ', load.Select(Quote))}";
        try
        {
            double before = ProcessUsage.ChildrenCpuSeconds();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task reader = isSeen ? FollowAsync(port, end.Token) : Task.CompletedTask;
            long began = Stopwatch.GetTimestamp();
            await ExternalProgram.RunAsync(Terminal, ["-qec", line, "/dev/null"], null, null, cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            double cpu = ProcessUsage.ChildrenCpuSeconds() - before;
            await end.CancelAsync();
            await reader;
            await VerifyAsync(target, dataset.Facts, file, cancellationToken);
            return new Look(seconds, cpu);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Reads the dashboard from its first answer until the end of the load.</summary>
    private async Task FollowAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var address = new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}/events"));
        bool isConnected = false;
        while (!isConnected && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using Stream stream = await client.GetStreamAsync(address, cancellationToken);
                isConnected = true;
                using var text = new StreamReader(stream);
                while (await text.ReadLineAsync(cancellationToken) is { } line)
                    frames += line.StartsWith("data:", StringComparison.Ordinal) ? 1 : 0;
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                // The dashboard has not started yet, or has ended with the load.
                if (!isConnected) await Task.Delay(50, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task VerifyAsync(
        ConnectionSettings target, DatasetFacts facts, string report, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(report, cancellationToken));
        var told = document.RootElement.GetProperty("tables").EnumerateArray().ToDictionary(
            table => table.GetProperty("name").GetString()!, table => table.GetProperty("rows").GetInt64());
        await using (NpgsqlDataSource database = target.CreateDataSource())
        {
            foreach ((string table, long rows) in facts.ExpectedRows)
            {
                long counted = (long)(await CostServer.ScalarAsync(
                    database, $"SELECT count(*) FROM public.{CopyTable.Quote(table)}", cancellationToken))!;
                if (counted != rows || told.GetValueOrDefault(table) != rows)
                {
                    throw LoadTestException.Failed(string.Create(CultureInfo.InvariantCulture,
                        $"Table {table} has {counted:N0} rows, the report says {told.GetValueOrDefault(table):N0}, and the generator "
                            + $"computed {rows:N0}."));
                }
            }
        }
    }

    private string Section(DateTimeOffset started, MachineFacts machine, string before, DatasetFacts facts)
    {
        var wall = Statistics.Of(hidden.Zip(seen, (none, all) => 100 * ((all.Seconds / none.Seconds) - 1)));
        var cpu = Statistics.Of(hidden.Zip(seen, (none, all) => 100 * ((all.CpuSeconds / none.CpuSeconds) - 1)));
        return string.Join('\n',
        [
            FormattableString.Invariant($"## {started:yyyy-MM-dd HH:mm} UTC, commit {Checkout.Commit()}"), "",
            string.Create(CultureInfo.InvariantCulture,
                $"- Machine: {machine.Cpu}, {machine.Cores} cores; load averages before {before}, after "
                    + $"{CostFacts.LoadAverage() ?? "unknown"}. {Costs.Note}"),
            string.Create(CultureInfo.InvariantCulture,
                $"- {facts.LiveEntries:N0} entries into {facts.Rows:N0} rows of empty tables, the published program under script(1) in a "
                    + $"pseudo-terminal of 120 columns; {Costs.Rounds} pairs after one that does not count, in alternating order. "
                    + $"Rows of every table counted after each load."),
            string.Create(CultureInfo.InvariantCulture,
                $"- Shown: --progress live, and --dashboard with one reader of its stream; {(double)frames / (Costs.Rounds + 1):F0} "
                    + $"frames per load. CPU is that of the program and its terminal, without the server and the reader."), "",
            "| what | wall s, median (min–max) | CPU s, median (min–max) |", "|---|---|---|",
            Line("nothing shown", hidden), Line("live view and dashboard", seen),
            string.Create(CultureInfo.InvariantCulture,
                $"| difference within a pair | {wall.Median:+0.0;-0.0} % ({wall.Least:+0.0;-0.0} to {wall.Most:+0.0;-0.0} %) | "
                    + $"{cpu.Median:+0.0;-0.0} % ({cpu.Least:+0.0;-0.0} to {cpu.Most:+0.0;-0.0} %) |"),
            "",
        ]);
    }

    private static string Line(string what, List<Look> looks)
    {
        var wall = Statistics.Of(looks.Select(look => look.Seconds));
        var cpu = Statistics.Of(looks.Select(look => look.CpuSeconds));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {what} | {wall.Median:F2} ({wall.Least:F2}–{wall.Most:F2}) | {cpu.Median:F2} ({cpu.Least:F2}–{cpu.Most:F2}) |");
    }

    // script(1) passes its command to a shell.
    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>One load.</summary>
    /// <param name="Seconds">Wall time of the process.</param>
    /// <param name="CpuSeconds">CPU time of the process.</param>
    private readonly record struct Look(double Seconds, double CpuSeconds);
}
