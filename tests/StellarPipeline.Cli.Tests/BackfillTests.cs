using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary><c>backfill</c> and <c>gaps</c> as a user types them.</summary>
public sealed class BackfillTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stellar-pipeline-backfill-").FullName;

    [SkippableFact]
    public async Task Backfill_Store_LoadsTellsAndIsDoneAtTheSecondTime()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string store = Store(12);
        string[] backfill = ["backfill", "--source", store, "--from", "1000", "--to", "1011", "--database", database.ConnectionString];

        CliResult estimate = await CliProcess.RunAsync([.. backfill, "--dry-run"]);
        Assert.Equal(0, estimate.ExitCode);
        Assert.Contains("12 ledgers in 1 batches", estimate.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", estimate.Output, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'transactions'"));

        string report = Path.Combine(folder, "report.json");
        CliResult first = await CliProcess.RunAsync([.. backfill, "--report", report]);
        Assert.True(first.ExitCode == 0, first.All);
        Assert.Contains("12 ledgers, ", first.Output, StringComparison.Ordinal);
        Assert.Contains("Every ledger of the range is loaded.", first.Output, StringComparison.Ordinal);
        Assert.Contains("\"ledgers_per_second\"", await File.ReadAllTextAsync(report), StringComparison.Ordinal);

        CliResult second = await CliProcess.RunAsync(backfill);
        Assert.Equal(0, second.ExitCode);
        Assert.Contains("0 loaded, 12 loaded before", second.Output, StringComparison.Ordinal);

        CliResult gaps = await CliProcess.RunAsync("gaps", "--database", database.ConnectionString);
        Assert.Equal(0, gaps.ExitCode);
        Assert.Contains("No ledger is missing or torn.", gaps.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Backfill_TornLedger_IsToldRefusedAndRepaired()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string stream = Path.Combine(folder, "ledgers.xdr.zst");
        LedgerStreamFile.Write(stream, Ledgers(6));
        string[] backfill = ["backfill", "--source", stream, "--network", "testnet", "--database", database.ConnectionString];
        Assert.Equal(0, (await CliProcess.RunAsync(backfill)).ExitCode);
        await database.ExecuteAsync("DELETE FROM operations_accounts WHERE operation_id >> 32 = 1002");

        CliResult gaps = await CliProcess.RunAsync("gaps", "--database", database.ConnectionString);
        Assert.Contains("rows of operations_accounts", gaps.Output, StringComparison.Ordinal);
        CliResult refused = await CliProcess.RunAsync(backfill);
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("--repair", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CliProcess.RunAsync([.. backfill, "--repair", "--quiet"])).ExitCode);
        Assert.Contains(
            "No ledger is missing or torn.", (await CliProcess.RunAsync("gaps", "--database", database.ConnectionString)).Output,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Backfill_StoreAndArchive_EveryBatchRestsOnTheArchive()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string network = await NetworkAsync("store", 3), other = await NetworkAsync("stream", 4);
        string[] backfill =
        [
            "backfill", "--source", Path.Combine(network, "ledgers"), "--from", "1024", "--to", "1039", "--checkpoint-frequency", "8",
            "--batch-ledgers", "4",
            "--database", database.ConnectionString,
        ];

        CliResult refused = await CliProcess.RunAsync([.. backfill, "--archive", Path.Combine(other, "archive-b")]);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("not honest", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM backfill_batches"));

        CliResult loaded = await CliProcess.RunAsync([.. backfill, "--archive", Path.Combine(network, "archive-b")]);
        Assert.True(loaded.ExitCode == 0, loaded.All);
        Assert.Contains("All of them rest on checkpoint 1039 of the history archive", loaded.Output, StringComparison.Ordinal);
        Assert.Equal(
            4, await database.QueryAsync<long>("SELECT count(*) FROM backfill_batches WHERE rests_on LIKE 'checkpoint 1039 of %'"));
    }

    [SkippableFact]
    public async Task Backfill_StandardInput_LoadsWhatItHolds()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string stream = Path.Combine(folder, "ledgers.xdr");
        LedgerStreamFile.Write(stream, Ledgers(5));

        CliResult result = await CliProcess.RunRedirectedAsync(
            $"< '{stream}'", "backfill", "--source", "-", "--network", "testnet", "--database", database.ConnectionString);

        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Ledgers       1000 to 1004 of testnet, from standard input", result.Output, StringComparison.Ordinal);
        Assert.Equal(20, await database.QueryAsync<long>("SELECT count(*) FROM transactions"));
    }

    [SkippableFact]
    public async Task Backfill_StoreWithAHole_EndsWithTheCodeOfASource()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string store = Store(6);
        File.Delete(Path.Combine(store, LedgerDataStore.NameOf(1003, 1, 4)));

        CliResult result = await CliProcess.RunAsync(
            "backfill", "--source", store, "--from", "1000", "--to", "1005", "--database", database.ConnectionString);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("1003", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from is after --to", "--from", "5", "--to", "4")]
    [InlineData("give a number of bytes", "--from", "4", "--to", "5", "--memory", "much")]
    [InlineData("32 MiB for each connection", "--from", "4", "--to", "5", "--memory", "1MiB")]
    [InlineData("--connections: give 1 to 64", "--from", "4", "--to", "5", "--connections", "0")]
    public async Task Backfill_OptionsOutOfBounds_AreNamed(string said, params string[] options)
    {
        CliResult result = await CliProcess.RunAsync(["backfill", "--source", folder, .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static IEnumerable<GeneratedLedger> Ledgers(int count) =>
        new LedgerGenerator(new LedgerGeneratorOptions { Transactions = 4, Passphrase = StellarNetwork.Testnet.Passphrase }).Take(count);

    private async Task<string> NetworkAsync(string form, int seed)
    {
        string output = Path.Combine(folder, "network" + seed);
        CliResult made = await CliProcess.RunAsync(
            "network", "generate", "--output", output, "--form", form, "--ledgers", "16", "--checkpoint-frequency", "8", "--seed",
            $"{seed}", "--checkpoint", "1023", "--transactions", "5",
            "--accounts", "40", "--assets", "5");
        Assert.True(made.ExitCode == 0, made.All);
        return output;
    }

    private string Store(int count)
    {
        string store = Path.Combine(folder, "store");
        LedgerDataStore.Write(store, StellarNetwork.Testnet.Passphrase, Ledgers(count), 1, 4);
        return store;
    }
}
