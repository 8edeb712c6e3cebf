using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

public sealed class MigrateTests
{
    [SkippableFact]
    public async Task Down_NoTerminalAndNoYes_ShowsThePlanWithRowsAndChangesNothing()
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync("INSERT INTO native_balances (account_id) VALUES ('\\x01'), ('\\x02')");
        CliResult down = await CliProcess.RunAsync("migrate", "down", "99", "--database", database.ConnectionString);
        Assert.True(down.ExitCode == 2, down.All);
        Assert.Contains("--yes", down.Error, StringComparison.Ordinal);
        Assert.Contains("drops table native_balances with 2 rows", down.Output, StringComparison.Ordinal);
        Assert.Contains("the order of application was different", down.Output, StringComparison.Ordinal);
        Assert.Equal(2, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
    }

    [SkippableFact]
    public async Task Down_ViewOfOthers_ExitsWith2AndNamesItUntilItIsAllowed()
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync(
            "CREATE TABLE mine (token uuid REFERENCES contract_tokens); CREATE VIEW rich AS SELECT id FROM contract_tokens");
        string[] command = ["migrate", "down", "99", "--yes", "--database", database.ConnectionString];
        CliResult down = await CliProcess.RunAsync(command);
        Assert.True(down.ExitCode == 2, down.All);
        Assert.Contains("view public.rich", down.Error, StringComparison.Ordinal);
        Assert.Contains("constraint mine_token_fkey on table public.mine", down.Error, StringComparison.Ordinal);
        Assert.Equal("rich", await database.QueryAsync<string>("SELECT to_regclass('rich')::text"));
        CliResult allowed = await CliProcess.RunAsync([.. command, "--drop-dependents"]);
        Assert.True(allowed.ExitCode == 0, allowed.All);
    }

    [SkippableFact]
    public async Task Status_FilesOfANewerWalletBackend_AreNamedAsUnknown()
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync(
            "INSERT INTO gorp_migrations VALUES ('2026-09-19.0-hypertable-insert-autovacuum.sql', now()), "
                + "('2026-10-09.0-token_prices.sql', NULL)");
        CliResult status = await CliProcess.RunAsync("migrate", "status", "--database", database.ConnectionString);
        Assert.True(status.ExitCode == 0, status.All);
        foreach (string name in new[] { "2026-09-19.0-hypertable-insert-autovacuum.sql", "2026-10-09.0-token_prices.sql" })
        {
            string line = Assert.Single(status.Output.Split('\n'), line => line.Contains(name, StringComparison.Ordinal));
            Assert.Contains("unknown to this program", line, StringComparison.Ordinal);
            Assert.DoesNotContain("pending", line, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("server")]
    [InlineData("psql")]
    [InlineData("plan")]
    [InlineData("migrate up")]
    [InlineData("migrate down 1 --yes")]
    [InlineData("migrate status")]
    public async Task Command_DataDirectoryThatIsNotThere_ExitsWith2AndMakesNothing(string command)
    {
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        string folder = Path.Combine(Path.GetTempPath(), "pipeline-misspelt-" + Guid.NewGuid().ToString("N"));
        CliResult result = await CliProcess.RunAsync([.. command.Split(' '), "--data-directory", folder]);
        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains(folder, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [SkippableFact]
    public async Task Up_InterruptedInAFile_NamesTheFilesThatAreCommitted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        CliProcess? process = null;
        using var started = new SemaphoreSlim(0);
        proxy.When("CREATE TABLE sac_balances", async () =>
        {
            await started.WaitAsync();
            await process!.SignalAsync("TERM");
            await process.SaysAsync("Interrupted");
            return WireFate.Forward;
        });
        using (process = CliProcess.Start("migrate", "up", "--database", proxy.ConnectionString))
        {
            started.Release();
            CliResult stopped = await process.WaitAsync();
            Assert.True(stopped.ExitCode == 130, stopped.All);
            Assert.DoesNotContain("Nothing was committed", stopped.Error, StringComparison.Ordinal);
            Assert.Contains("2026-01-15.0-native_balances.sql", stopped.Error, StringComparison.Ordinal);
        }
    }

    private static async Task<TestDatabase> MigratedAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult up = await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString);
        Assert.True(up.ExitCode == 0, up.All);
        return database;
    }
}
