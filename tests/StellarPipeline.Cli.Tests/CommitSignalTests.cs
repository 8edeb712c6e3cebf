using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>While COMMIT is out nobody may say that it was rolled back.</summary>
public sealed class CommitSignalTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-commit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_SignalsWhileCommitWaitsForAStandby_SaysSoAndEndsWithTheCodeForAnUnknownOutcome()
    {
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 100, Trustlines = 150, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with
        {
            Settings =
                new Dictionary<string, string> { ["wal_level"] = "replica", ["max_wal_senders"] = "2", ["synchronous_commit"] = "on" },
        });
        CliResult up = await CliProcess.RunAsync("migrate", "up", "--database", server.ConnectionString);
        Assert.True(up.ExitCode == 0, up.All);
        await using var admin = NpgsqlDataSource.Create(server.ConnectionString);
        await ExecuteAsync(admin, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        await ExecuteAsync(admin, "SELECT pg_reload_conf()");

        using (var process = CliProcess.Start("populate", "--archive", folder, "--database", server.ConnectionString))
        {
            await process.SaysAsync("waits for a synchronous standby (IPC SyncRep)");
            await process.SignalAsync("TERM");
            await process.SaysAsync("COMMIT was sent and cannot be cancelled");
            await process.SaysAsync("SELECT pg_xact_status('");
            await process.SignalAsync("TERM");
            CliResult result = await process.WaitAsync();
            Assert.True(result.ExitCode == 4, $"exit {result.ExitCode}: {result.All}");
            Assert.DoesNotContain("rolling back", result.All, StringComparison.Ordinal);
            Assert.DoesNotContain("Nothing was committed", result.All, StringComparison.Ordinal);
        }

        await ExecuteAsync(admin, "ALTER SYSTEM RESET synchronous_standby_names");
        await ExecuteAsync(admin, "SELECT pg_reload_conf()");
        long rows = 0;
        for (int look = 0; look < 6_000 && rows == 0; look++)
        {
            await using NpgsqlCommand count = admin.CreateCommand("SELECT count(*) FROM native_balances");
            rows = (long)(await count.ExecuteScalarAsync())!;
            if (rows == 0) await Task.Delay(10);
        }

        Assert.Equal(archive.ExpectedRows.NativeBalances, rows);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
