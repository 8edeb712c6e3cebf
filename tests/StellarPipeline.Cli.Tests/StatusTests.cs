using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Generator.Network;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>What <c>status</c> says while a load, a backfill or live ingestion runs, and that its lines fit in 80 columns.</summary>
public sealed class StatusTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-status-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Status_WhilePopulateProvesTheKeys_NamesTheLoadAndItsPhase()
    {
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 50, Trustlines = 80, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        (string[] Doing, string Text) seen = ([], "");
        proxy.When("ANALYZE", async () =>
        {
            seen = await StatusAsync(database);
            return WireFate.Forward;
        });

        CliResult load = await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--quiet");

        Assert.True(load.ExitCode == 0, load.All);
        Assert.Equal("stellar-pipeline load: prove foreign keys", Assert.Single(seen.Doing));
        Assert.Matches(@"\nRunning       stellar-pipeline load: prove foreign keys \(process \d+, for\s+[\d.]+\s+s\)", seen.Text);
        Assert.Contains("\nIngestion     of testnet: process ", seen.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Status_WhileBackfillCopies_NamesTheLoadAndItsTable()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await PrepareAsync(database, 1012);
        var ledgers = new LedgerGenerator(new LedgerGeneratorOptions { Transactions = 4, Passphrase = StellarNetwork.Testnet.Passphrase });
        LedgerDataStore.Write(folder, StellarNetwork.Testnet.Passphrase, ledgers.Take(8), 1, 4);

        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction hold = await holder.BeginTransactionAsync();
        await using (var take = new NpgsqlCommand("LOCK TABLE operations IN SHARE MODE", holder)) await take.ExecuteNonQueryAsync();
        await WhileHeldAsync(
            database, () => hold.RollbackAsync(), 1, "ledgers are being loaded by ", "backfill", "--source", folder, "--from", "1000",
            "--to", "1005", "--network", "testnet");
    }

    [SkippableFact]
    public async Task Status_WhileLiveStoresALedgerAndSendsTheNext_NamesBothSessions()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        SimulatedNetwork network = SimulatedNetworks.Create(1);
        await PrepareAsync(database, network.Ledger);
        LedgerDataStore.Write(folder, network.Passphrase, network.Advance(12));

        // The next transaction begins only when the present one is open: it must stop later, at its balances.
        await using BalanceGate gate = await BalanceGate.CloseAsync(database);
        await WhileHeldAsync(
            database, gate.OpenAsync, 2, "\nIngestion     of testnet: process ", "live", "--source", folder, "--network",
            "testnet", "--to", network.Ledger.ToString(CultureInfo.InvariantCulture), "--catch-up-size", "1");
    }

    /// <summary>
    /// Runs a command that something holds until its status names all its sessions, and has a text, on one line or wrapped.
    /// </summary>
    private static async Task WhileHeldAsync(
        TestDatabase database, Func<Task> release, int sessions, string part, params string[] command)
    {
        using var running = CliProcess.Start([.. command, "--database", database.ConnectionString, "--quiet"]);

        // The looks at a command on its way to where it is held may see less, or two of its states.
        (string[] Doing, string Text) seen = ([], "");
        for (long began = Stopwatch.GetTimestamp(); !IsSeen() && Stopwatch.GetElapsedTime(began) < Patience;)
            seen = await StatusAsync(database);
        bool isSeen = IsSeen();
        await release();
        CliResult end = await running.WaitAsync();
        Assert.True(end.ExitCode == 0, end.All);
        Assert.True(isSeen, string.Join(Environment.NewLine, [.. seen.Doing, seen.Text]));
        Assert.All(seen.Doing, load => Assert.StartsWith("stellar-pipeline load: ", load, StringComparison.Ordinal));

        bool IsSeen() => seen.Doing.Length == sessions
            && seen.Text.Split("\nRunning       stellar-pipeline load: ").Length - 1 == sessions
            && (seen.Text + seen.Text.ReplaceLineEndings(" ")).Contains(part, StringComparison.Ordinal);
    }

    private static async Task<(string[] Doing, string Text)> StatusAsync(TestDatabase database)
    {
        CliResult json = await CliProcess.RunAsync("status", "--database", database.ConnectionString, "--format", "json");
        CliResult text = await CliProcess.RunAsync("status", "--database", database.ConnectionString);
        Assert.True(json.ExitCode == 0 && text.ExitCode == 0, json.All + text.All);
        Assert.All(text.Output.Split('\n'), line => Assert.InRange(line.TrimEnd('\r').Length, 0, 80));
        using var facts = JsonDocument.Parse(json.Output);
        return ([.. facts.RootElement.GetProperty("loads").EnumerateArray().Select(load => load.GetProperty("doing").GetString()!)],
            text.Output);
    }

    private static async Task PrepareAsync(TestDatabase database, uint ledger)
    {
        await new MigrationRunner(
            database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations, LiveSchema.Migrations],
            new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await new IngestStore(database.DataSource, "public").SetAsync(IngestStore.Latest, ledger);
    }
}
