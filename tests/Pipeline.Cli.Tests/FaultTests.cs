using System.Text.Json;
using Pipeline.ArchiveGenerator;
using Pipeline.Stellar;
using Pipeline.TestSupport;

namespace Pipeline.Cli.Tests;

/// <summary>What a user of the program sees when the database or the user ends a load: exit code, message, and a next run that works.</summary>
public sealed class FaultTests : IDisposable
{
    private const string SecondCopy = "COPY \"trustline_balances\"";
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
        CliResult result = await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--report", reportFile);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Attempt 1 of 3 failed; the whole load is tried again", result.Error, StringComparison.Ordinal);
        Assert.Contains("57P01 admin_shutdown", result.Error, StringComparison.Ordinal);
        Assert.Contains("Attempts      2;", result.Output, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllBytesAsync(reportFile));
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
        CliResult result = await CliProcess.RunAsync("populate", "--archive", folder, "--database", proxy.ConnectionString, "--attempts", "1");
        Assert.True(result.ExitCode == 4, result.All);
        Assert.Contains("Nothing of this transaction was stored.", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
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
        CliProcess? process = null;
        CliResult? stopped = null;
        proxy.When(SecondCopy, async () =>
        {
            // Until this returns the server gets nothing more, so the load cannot end in good order.
            await started.WaitAsync();
            await process!.SignalAsync("INT");
            await process.SignalAsync("INT");
            stopped = await process.WaitAsync();
            return WireFate.CutBefore;
        });
        using (process = CliProcess.Start("populate", "--archive", folder, "--database", proxy.ConnectionString))
        {
            started.Release();
            await process.WaitAsync();
        }

        while (stopped is null) await Task.Yield();
        Assert.True(stopped.ExitCode == 130, stopped.All);
        Assert.Contains("A second interrupt ends the process at once.", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
        CliResult next;
        do next = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--quiet");
        while (next.ExitCode == 4 && next.Error.Contains("advisory lock", StringComparison.Ordinal));
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
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 40_000, Trustlines = 80_000, Passphrase = StellarNetwork.Testnet.Passphrase });
        string data = Path.Combine(Path.GetTempPath(), "pipeline-cli-killed-" + Guid.NewGuid().ToString("N"));
        try
        {
            using (CliProcess process = CliProcess.Start("populate", "--archive", folder, "--data-directory", data))
            {
                string pidFile = Path.Combine(data, "postmaster.pid");
                while (!process.Process.HasExited && !IsReady(pidFile)) await Task.Yield();
                await process.SignalAsync("KILL");
                Assert.Equal(137, (await process.WaitAsync()).ExitCode);
            }

            // The guard of the private server has noticed when no process works in its folder any more.
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (ProcessesIn(data).Any()) Assert.False(deadline.IsCancellationRequested, "The private server outlived its program.");
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

    private static IEnumerable<string> ProcessesIn(string directory) => Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(process[^1])).Where(process =>
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
        await database.TerminateSessionsAsync("application_name LIKE 'stellar-pipeline%'");
        return WireFate.Forward;
    };

    private Task<GeneratedArchive> GenerateAsync() => CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 500, Trustlines = 1_000, Passphrase = StellarNetwork.Testnet.Passphrase });
}
