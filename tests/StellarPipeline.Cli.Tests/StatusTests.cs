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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

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

        (string[] doing, string text) = await WhileLockedAsync(
            database, "LOCK TABLE operations IN SHARE MODE", 1, "backfill", "--source", folder, "--from", "1000",
            "--to", "1005", "--network", "testnet");

        Assert.All(doing, load => Assert.StartsWith("stellar-pipeline load: ", load, StringComparison.Ordinal));
        Assert.Contains("\nRunning       stellar-pipeline load: ", text, StringComparison.Ordinal);
        Assert.Contains("ledgers are being loaded by ", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Status_WhileLiveStoresALedgerAndSendsTheNext_NamesBothSessions()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        SimulatedNetwork network = SimulatedNetworks.Create(1);
        await PrepareAsync(database, network.Ledger);
        LedgerDataStore.Write(folder, network.Passphrase, network.Advance(12));

        // The next transaction begins only when the present one is open: it must stop later, at its balances.
        await database.ExecuteAsync("""
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_advisory_xact_lock_shared(4242); RETURN NULL; END $$;
            CREATE TRIGGER wait BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION wait()
            """);

        (string[] doing, string text) = await WhileLockedAsync(
            database, "SELECT pg_advisory_xact_lock(4242)", 2, "live", "--source", folder, "--network",
            "testnet", "--to", network.Ledger.ToString(CultureInfo.InvariantCulture), "--catch-up-size", "1");

        Assert.All(doing, load => Assert.StartsWith("stellar-pipeline load: ", load, StringComparison.Ordinal));
        Assert.Equal(2, text.Split("\nRunning       stellar-pipeline load: ").Length - 1);
        Assert.Contains("\nIngestion     of testnet: process ", text, StringComparison.Ordinal);
    }

    /// <summary>Runs a command that waits for a lock until the status is known.</summary>
    private static async Task<(string[] Doing, string Text)> WhileLockedAsync(
        TestDatabase database, string lockStatement, int sessions, params string[] command)
    {
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction hold = await holder.BeginTransactionAsync();
#pragma warning disable CA2100 // The test gives the statement.
        await using (var take = new NpgsqlCommand(lockStatement, holder)) await take.ExecuteNonQueryAsync();
#pragma warning restore CA2100
        using var running = CliProcess.Start([.. command, "--database", database.ConnectionString, "--quiet"]);
        (string[] Doing, string Text) seen = ([], "");
        for (long began = Stopwatch.GetTimestamp(); seen.Doing.Length < sessions && Stopwatch.GetElapsedTime(began) < Patience;)
            seen = await StatusAsync(database);
        await hold.RollbackAsync();
        CliResult end = await running.WaitAsync();
        Assert.True(end.ExitCode == 0, end.All);
        Assert.Equal(sessions, seen.Doing.Length);
        return seen;
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
