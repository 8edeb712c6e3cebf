using System.Diagnostics;
using System.Text.Json;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// What a user of the program sees when the database or the user ends a load: exit code, message, and a next run that works.
/// </summary>
public sealed class FaultTests : IDisposable
{
    private const string SecondCopy = "COPY \"public\".\"trustline_balances\"";
    private const string IsLoader = "application_name LIKE 'stellar-pipeline%'";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-faults-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_SessionTerminatedOnce_LoadsInTheSecondAttemptAndSaysSo()
    {
        GeneratedArchive archive = await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        proxy.When(SecondCopy, TerminateAsync(database));
        string reportFile = Path.Combine(folder, "report.json");
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--report", reportFile);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Attempt 1 of 3 failed; the whole load starts again", result.Error, StringComparison.Ordinal);
        Assert.Contains("57P01 admin_shutdown", result.Error, StringComparison.Ordinal);
        Assert.Matches(@"attempt\s+2", result.Output);
        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(reportFile));
        Assert.Equal(2, report.RootElement.GetProperty("attempts").GetInt32());
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
    }

    [SkippableFact]
    public async Task Populate_SessionTerminatedAndOneAttempt_ExitsWith4AndTheNextRunWorks()
    {
        GeneratedArchive archive = await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        proxy.When(SecondCopy, TerminateAsync(database));
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--attempts", "1");
        Assert.True(result.ExitCode == 4, result.All);
        Assert.Contains("Nothing of this transaction was stored.", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
        await database.WaitForNoSessionsAsync(IsLoader);
        CliResult next = await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--quiet");
        Assert.True(next.ExitCode == 0, next.All);
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
    }

    [SkippableFact]
    public async Task Populate_AnswerOfCommitLost_ExitsWith0AndRemarksIt()
    {
        GeneratedArchive archive = await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult migrated = await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString);
        Assert.True(migrated.ExitCode == 0, migrated.All);
        await using var proxy = new WireProxy(database.ConnectionString);
        proxy.When("COMMIT\0", WireFate.CutAfter);
        CliResult result = await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Remark        The connection was lost during COMMIT.", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, proxy.Hits);
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
    }

    [SkippableFact]
    public async Task Populate_InterruptedTwiceWhileTheServerDoesNotAnswer_EndsAtOnceWith130()
    {
        GeneratedArchive archive = await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        using var started = new SemaphoreSlim(0);
        using var ended = new SemaphoreSlim(0);
        CliProcess? process = null;
        CliResult stopped;
        proxy.When(SecondCopy, async () =>
        {
            // Until this returns the server gets nothing more, so the load cannot end in good order.
            await started.WaitAsync();
            await process!.SignalAsync("INT");

            // Two of the same signal may become one while the first is not taken yet.
            await process.SaysAsync("A second interrupt ends the process at once.");
            await process.SignalAsync("INT");
            await ended.WaitAsync();
            return WireFate.CutBefore;
        });
        using (process = CliProcess.Start("populate", "--archive", folder, "--database", proxy.ConnectionString))
        {
            started.Release();
            try
            {
                stopped = await process.WaitAsync();
            }
            finally
            {
                ended.Release();
            }
        }

        Assert.True(stopped.ExitCode == 130, stopped.All);
        Assert.Contains("A second interrupt ends the process at once.", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
        await database.WaitForNoSessionsAsync(IsLoader);
        CliResult next = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--quiet");
        Assert.True(next.ExitCode == 0, next.All);
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
    }

    [SkippableFact]
    public async Task Populate_TwoAtOnce_OneExitsWith4NamingTheOther()
    {
        await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        CliResult? second = null;
        proxy.When("ANALYZE", async () =>
        {
            second = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString);
            return WireFate.Forward;
        });
        CliResult first = await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--quiet");
        Assert.True(first.ExitCode == 0, first.All);
        Assert.True(second!.ExitCode == 4, second.All);
        Assert.Contains("application 'stellar-pipeline load: prove foreign keys'", second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Attempt", second.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_KilledWithAPrivateServer_LeavesNoServerAndTheNextRunWorks()
    {
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        await GenerateAsync();
        await using ArchiveServer archive = await ArchiveServer.StartAsync(folder);
        string largest =
            archive.Files.Where(file => file.Key.StartsWith("bucket/", StringComparison.Ordinal)).MaxBy(file => file.Value.Length).Key;

        // The largest bucket never comes to its end, so the load cannot be done before it is killed.
        archive.Always =
            RemoteArchive.Only(largest,
                exchange => exchange.Request.Method == "HEAD" ? exchange.ServeAsync() : Faults.StallAt(exchange.File.Length / 2)(exchange));
        string data = Path.Combine(Path.GetTempPath(), "pipeline-cli-killed-" + Guid.NewGuid().ToString("N"));
        try
        {
            using (var process =
                CliProcess.Start("populate", "--archive", archive.Url, "--cache", Path.Combine(folder, "cache"), "--data-directory", data))
            {
                string pidFile = Path.Combine(data, "postmaster.pid");
                using var patience = new CancellationTokenSource(Patience);
                while (!process.Process.HasExited && !IsReady(pidFile)) await Task.Delay(10, patience.Token);
                await process.SignalAsync("KILL");
                Assert.Equal(137, (await process.WaitAsync()).ExitCode);
            }

            // The guard of the private server has noticed when no process works in its folder any more.
            long killed = Stopwatch.GetTimestamp();
            while (ProcessesIn(data).Any())
            {
                Assert.True(Stopwatch.GetElapsedTime(killed) < Patience, "The private server outlived its program.");
                await Task.Delay(20);
            }

            CliResult next = await CliProcess.RunAsync("populate", "--archive", folder, "--data-directory", data, "--quiet");
            Assert.True(next.ExitCode == 0, next.All);
            Assert.Empty(ProcessesIn(data));
        }
        finally
        {
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    private static bool IsReady(string pidFile)
    {
        try
        {
            return File.ReadAllText(pidFile).Contains("ready", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // Not made yet, or just removed by initdb, which starts servers of its own.
        }
    }

    private static IEnumerable<string> ProcessesIn(string directory) =>
        Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(process[^1])).Where(process =>
        {
            try
            {
                return File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName == directory;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        });

    private static Func<Task<WireFate>> TerminateAsync(TestDatabase database) => async () =>
    {
        await database.TerminateSessionsAsync(IsLoader);
        return WireFate.Forward;
    };

    private Task<GeneratedArchive> GenerateAsync() =>
        CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 500, Trustlines = 1_000, Passphrase = StellarNetwork.Testnet.Passphrase });
}
