using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Generator.Network;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;
using Xunit.Abstractions;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Processes that follow one network into one database: whoever holds the lock is killed again and again, and another goes on. Every ledger
/// is stored, and once.
/// </summary>
/// <remarks>PIPELINE_FAILOVER_KILLS sets how often, PIPELINE_FAILOVER_SEED when.</remarks>
public sealed class LiveFailOverTests(ITestOutputHelper output) : IDisposable
{
    private const int LedgersBetweenKills = 12;
    private const int Processes = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-failover-").FullName;
    private readonly Dictionary<string, CliProcess> running = [];
    private int started;

    public void Dispose()
    {
        foreach (CliProcess process in running.Values) process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [SkippableFact]
    public async Task Live_HolderKilledAgainAndAgain_AnotherGoesOnAndEveryLedgerIsThereOnce()
    {
        int kills = Variable("PIPELINE_FAILOVER_KILLS", 3);
        var random = new Random(Variable("PIPELINE_FAILOVER_SEED", 17));
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using TestDatabase undisturbed = await PostgresFixture.CreateDatabaseAsync();
        SimulatedNetwork network = SimulatedNetworks.Create(1);
        uint before = network.Ledger;
        string whole = Path.Combine(folder, "whole"), store = Path.Combine(folder, "store");
        LedgerDataStore.Write(whole, network.Passphrase, network.Advance(LedgersBetweenKills * (kills + 1)));
        uint last = network.Ledger;
        await PrepareAsync(database, before);
        await PrepareAsync(undisturbed, before);
        CliResult reference = await CliProcess.RunAsync(Arguments(undisturbed, "reference", whole, last));
        Assert.True(reference.ExitCode == 0, reference.All);

        string[] objects =
            [.. Directory.GetFiles(whole, "*.zst", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal)];
        foreach (string file in Directory.GetFiles(whole, ".config.json")) Release(file);
        for (int process = 0; process < Processes; process++) Start();
        long began = Stopwatch.GetTimestamp();
        for (int kill = 0; kill <= kills; kill++)
        {
            foreach (string file in objects.Skip(kill * LedgersBetweenKills).Take(LedgersBetweenKills)) Release(file);
            uint? cursor = await CursorAsync(database);
            await WaitAsync(async () => await CursorAsync(database) > cursor, $"kill {kill}: nobody goes on behind ledger {cursor}");
            if (kill == kills) break;
            await Task.Delay(random.Next(0, 250));
            string holder = "";
            await WaitAsync(async () => (holder = await HolderAsync(database)).Length > 0, $"kill {kill}: nobody holds the lock");
            running.Remove(holder, out CliProcess? process);
            process!.Process.Kill();
            process.Dispose();
            Start();
        }

        await WaitAsync(async () => await CursorAsync(database) == last, $"nobody comes to ledger {last}");
        output.WriteLine(FormattableString.Invariant(
            $"{kills} kills in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s, {last - before} ledgers."));
        Assert.Equal(await DumpAsync(undisturbed), await DumpAsync(database));

        void Start()
        {
            string name = FormattableString.Invariant($"follower-{++started}");
            running.Add(name, CliProcess.Start(Arguments(database, name, store, last)));
        }

        // The newest objects sort first by their names, which count down.
        void Release(string file)
        {
            string target = Path.Combine(store, Path.GetRelativePath(whole, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(file, target);
        }
    }

    // One ledger in each transaction, so that there are many to interrupt.
    private static string[] Arguments(TestDatabase database, string name, string store, uint last) =>
    [
        "live", "--source", store, "--network", "testnet", "--database",
        new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = name }.ConnectionString,
        "--to", last.ToString(CultureInfo.InvariantCulture), "--stand-by", "--catch-up-size", "1", "--quiet",
    ];

    private static async Task PrepareAsync(TestDatabase database, uint ledger)
    {
        await new MigrationRunner(
            database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations, LiveSchema.Migrations],
            new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await new IngestStore(database.DataSource, "public").SetAsync(IngestStore.Latest, ledger);
    }

    private static Task<uint?> CursorAsync(TestDatabase database) =>
        new IngestStore(database.DataSource, "public").GetAsync(IngestStore.Latest);

    // Transactions hold locks too, under a name that says what they do.
    private static async Task<string> HolderAsync(TestDatabase database) => await database.QueryAsync<string>(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted "
            + "AND a.datname = current_database() AND a.application_name ~ '^follower-[0-9]+$' LIMIT 1") ?? "";

    private static async Task<List<string>> DumpAsync(TestDatabase database)
    {
        var rows = new List<string>();
        foreach (CopyTable table in WalletTables.All.Concat(HistoryTables.All).Append(new CopyTable("ingest_store", "key")))
        {
            rows.AddRange(await database.RowsAsync(
                $"SELECT '{table.Name} ' || (to_jsonb(t) - 'ingested_at' - 'created_at' - 'updated_at')::text FROM {table.QualifiedName} "
                    + $"t WHERE to_jsonb(t) ->> 'key' IS DISTINCT FROM 'pipeline_last_load' ORDER BY 1"));
        }

        return rows;
    }

    private async Task WaitAsync(Func<Task<bool>> condition, string otherwise)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            CliProcess? ended = running.Values.FirstOrDefault(static process => process.Process.HasExited && process.Process.ExitCode != 0);
            Assert.True(ended is null || await condition(), $"{otherwise}; one has ended: {ended?.SaidSoFar()}");
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience,
                $"{otherwise}: {string.Join('\n', running.Select(static one => $"{one.Key}: {one.Value.SaidSoFar()}"))}");
            await Task.Delay(20);
        }
    }

    private static int Variable(string name, int value) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int given) ? given : value;
}
