using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Generator.Network;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The whole life of a deployment by one command, and what it tells of itself over HTTP.</summary>
public sealed partial class RunCommandTests : IDisposable
{
    private const int Past = SimulatedNetworks.CheckpointFrequency;
    private const int Following = SimulatedNetworks.CheckpointFrequency;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-run-").FullName;

    private string Archive => Path.Combine(folder, "archive");

    private string Store => Path.Combine(folder, "store");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Run_EmptyDatabase_IsFilledFollowedAndBackfilled()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (uint first, uint checkpoint, uint last) = Write(SimulatedNetworks.Create(3));

        CliResult filled = await RunAsync(database, last - 2, "--backfill-from", Text(first));
        CliResult again = await RunAsync(database, last);

        Assert.True(filled.ExitCode == 0, filled.All);
        Assert.True(again.ExitCode == 0, again.All);
        Assert.Contains($"Stored ledgers {checkpoint + 1} to {last - 2}", filled.Output, StringComparison.Ordinal);
        Assert.Contains($"The history is complete from ledger {first} on", filled.Error, StringComparison.Ordinal);
        Assert.Contains($"Stored ledgers {last - 1} to {last}", again.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Committed", again.Output, StringComparison.Ordinal);
        var cursors = new IngestStore(database.DataSource, "public");
        Assert.Equal((first, last), (await cursors.GetAsync(IngestStore.Oldest), await cursors.GetAsync(IngestStore.Latest)));
        Assert.Equal(
            [$"{first}|{last}"], await database.RowsAsync("SELECT min(ledger_number), max(ledger_number) FROM transactions"));
        CliResult status = await CliProcess.RunAsync("status", "--database", database.ConnectionString, "--format", "json");
        using var facts = JsonDocument.Parse(status.Output);
        Assert.Equal(Text(last), facts.RootElement.GetProperty("cursors").GetProperty("latest_ingest_ledger").GetString());
        Assert.Equal(Text(first), facts.RootElement.GetProperty("cursors").GetProperty("oldest_ingest_ledger").GetString());
        JsonElement backfill = facts.RootElement.GetProperty("backfill");
        Assert.Equal(
            (first, checkpoint, 0, 0),
            (backfill.GetProperty("first_ledger").GetUInt32(), backfill.GetProperty("last_ledger").GetUInt32(),
                backfill.GetProperty("being_loaded").GetInt64(), backfill.GetProperty("waiting").GetInt64()));
        Assert.Equal(0, facts.RootElement.GetProperty("ingestion").GetArrayLength());
    }

    [SkippableFact]
    public async Task Run_Metrics_TellStepsChangesAndLag()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (_, _, uint last) = Write(SimulatedNetworks.Create(3));
        using var process = CliProcess.Start([.. Arguments(database), "--metrics", "127.0.0.1:0"]);
        await process.SaysAsync("/metrics");
        using var client = new HttpClient
        {
            BaseAddress = new Uri(Address().Match(process.SaidSoFar()).Groups[1].Value), Timeout = Patience,
        };
        JsonElement health = default;
        await UntilAsync(async () =>
        {
            using var answer = JsonDocument.Parse(await client.GetStringAsync("/healthz"));
            health = answer.RootElement.Clone();
            return health.GetProperty("latest_ledger").ValueKind != JsonValueKind.Null
                && health.GetProperty("latest_ledger").GetUInt32() >= last;
        });

        // What is measured of the last transaction may be told a moment after its cursor.
        string[] parts =
        [
            "pipeline_live_latest", "pipeline_live_oldest", "pipeline_live_lag", "pipeline_live_behind",
            "step=\"fetch\"", "step=\"derive\"", "step=\"assets\"", "step=\"contracts\"", "step=\"history\"", "step=\"balances\"",
            "step=\"cursor\"", "step=\"commit\"", "pipeline_live_state_changes", "category=\"BALANCE\"", "reason=\"DEBIT\"",
            "pipeline_sink_copy_duration", "db_client_connection", "pipeline_run=\"populate\"", "pipeline_run=\"live\"",
        ];
        string metrics = "";
        for (long began = Stopwatch.GetTimestamp(); !HasAll() && Stopwatch.GetElapsedTime(began) < Patience;)
            metrics = await client.GetStringAsync("/metrics");

        CliResult status = await CliProcess.RunAsync("status", "--database", database.ConnectionString);
        Assert.Contains("Ingestion     of testnet: process ", status.Output, StringComparison.Ordinal);
        Assert.Equal("following", health.GetProperty("status").GetString());
        Assert.True(health.GetProperty("lag_seconds").GetDouble() > 0);
        foreach (string part in parts) Assert.Contains(part, metrics, StringComparison.Ordinal);
        await process.SignalAsync("INT");
        Assert.Equal(0, (await process.WaitAsync()).ExitCode);

        bool HasAll() => Array.TrueForAll(parts, part => metrics.Contains(part, StringComparison.Ordinal));

        async Task UntilAsync(Func<Task<bool>> isSo)
        {
            for (long began = Stopwatch.GetTimestamp(); !await isSo();)
            {
                Assert.False(process.Process.HasExited, process.SaidSoFar());
                Assert.True(Stopwatch.GetElapsedTime(began) < Patience, process.SaidSoFar());
                await Task.Delay(50);
            }
        }
    }

    [SkippableFact]
    public async Task Run_TheNetworkCannotBeFollowed_EndsTheBackfillToo()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        (uint first, uint checkpoint, uint last) = Write(SimulatedNetworks.Create(3));
        string next = Path.Combine(Store, LedgerDataStore.NameOf(checkpoint + 1, 1, 64000));
        File.Copy(Path.Combine(Store, LedgerDataStore.NameOf(checkpoint, 1, 64000)), next, overwrite: true);

        // A store that is asked and never answers.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();

        CliResult result = await RunAsync(
            database, last, "--backfill-from", Text(first), "--backfill-source", $"http://{silent.LocalEndpoint}/store/");

        Assert.True(result.ExitCode is not 0, result.All);
        Assert.Contains(Text(checkpoint + 1), result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("The backfill has ended", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BackfillFromAStream_IsRefusedBeforeAnything()
    {
        CliResult result = await CliProcess.RunAsync("run", "--archive", folder, "--source", "rpc+http://127.0.0.1:1", "--backfill-from",
            "5", "--database", "postgres://127.0.0.1:1/none");

        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains("--backfill-source", result.Error, StringComparison.Ordinal);
    }

    private string[] Arguments(TestDatabase database) =>
    [
        "run", "--archive", Archive, "--checkpoint-frequency", Text(SimulatedNetworks.CheckpointFrequency), "--source", Store,
        "--network", "testnet", "--database", database.ConnectionString, "--progress", "none",
    ];

    private Task<CliResult> RunAsync(TestDatabase database, uint to, params string[] more) =>
        CliProcess.RunAsync([.. Arguments(database), "--to", Text(to), .. more]);

    /// <summary>Ledgers before a checkpoint and behind it, and the checkpoint's archive.</summary>
    private (uint First, uint Checkpoint, uint Last) Write(SimulatedNetwork network)
    {
        List<GeneratedLedger> ledgers = [.. network.Advance(Past)];
        network.WriteCheckpoint(Archive);
        uint checkpoint = network.Ledger;
        ledgers.AddRange(network.Advance(Following));
        LedgerDataStore.Write(Store, network.Passphrase, ledgers);
        return (ledgers[0].Sequence, checkpoint, network.Ledger);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Metrics: (http://[^/]+)/metrics")]
    private static partial Regex Address();
}
