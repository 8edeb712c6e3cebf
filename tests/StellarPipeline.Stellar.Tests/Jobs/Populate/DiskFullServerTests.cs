using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>The server's disk is full in the middle of a load: a tablespace on a small file system in memory.</summary>
public sealed class DiskFullServerTests(FaultBench bench) : IClassFixture<FaultBench>
{
    [SkippableFact]
    public async Task RunAsync_DiskOfTheServerFull_EndsAtOnceAndWorksWhenThereIsRoom()
    {
        _ = bench.Database; // Skips where there is no server.
        EmbeddedServer? server = await PostgresFixture.PrivateServerAsync();
        Skip.If(server is null, "A tablespace needs a server on this machine; the tests use the one of PIPELINE_TEST_DATABASE.");
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can mount a small file system.");
        string folder = Path.Combine("/tmp", "pipeline-full-" + Guid.NewGuid().ToString("n")[..12]);
        Directory.CreateDirectory(folder);
        bool isMounted = false;
        TestDatabase? database = null;
        string tablespace = "full_" + Path.GetFileName(folder)[^12..];
        try
        {
            isMounted = await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder) == 0;
            Skip.IfNot(isMounted, "This process may not mount a file system.");
            Assert.Equal(0, await RunAsync("chown", server!.Account, folder));
            await bench.Database.ExecuteAsync($"CREATE TABLESPACE {tablespace} LOCATION '{folder}'");
            database = await PostgresFixture.CreateDatabaseAsync();
            await bench.LoadAsync(database.ConnectionString, new PopulateOptions());
            await database.ExecuteAsync(
                $"TRUNCATE native_balances, trustline_balances; DELETE FROM ingest_store; ALTER TABLE trustline_balances SET TABLESPACE "
                    + $"{tablespace}");
            await RunAsync("fallocate", "-l", "4000K", Path.Combine(folder, "ballast"));
            string before = await ExpectedTables.SnapshotAsync(database.DataSource);

            int attempts = 0;
            DatabaseException error =
                await Assert.ThrowsAsync<DatabaseException>(() => LoadAsync(database.ConnectionString, number => attempts = number));
            Assert.Equal((FailureKind.Database, "53100", 1), (error.Kind, error.SqlState, attempts));
            Assert.Contains("Free space on the server's disk", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));

            File.Delete(Path.Combine(folder, "ballast"));
            await LoadAsync(database.ConnectionString, _ => { });
            Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(database.DataSource));
        }
        finally
        {
            if (database is not null) await database.DisposeAsync();
            if (isMounted)
            {
                await bench.Database.ExecuteAsync($"DROP TABLESPACE IF EXISTS {tablespace}");
                await RunAsync("umount", "-l", folder);
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task LoadAsync(string connectionString, Action<int> attempt)
    {
        await using NpgsqlDataSource source = ConnectionSettings.Parse(connectionString).CreateDataSource();
        NullLoggerFactory loggers = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;
        var options = new PopulateOptions { Replace = true };
        await new LoadAttempts(new LoadAttemptOptions { FirstDelay = TimeSpan.Zero }, loggers).RunAsync(number =>
        {
            attempt(number);
            return new CheckpointPopulation(HistoryArchive.Open(bench.Archive), source, options, loggers);
        }).WaitAsync(FaultBench.Bound);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
