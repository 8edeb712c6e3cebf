using System.Diagnostics;
using System.Text.Json;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

public sealed class PopulateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_GivenDatabase_PrintsAndWritesTheReport()
    {
        GeneratedArchive archive = await GenerateAsync(new GeneratorOptions { Accounts = 500, Trustlines = 1_000 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string reportFile = Path.Combine(folder, "report.json");
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--report", reportFile);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Bottleneck", result.Output, StringComparison.Ordinal);
        Assert.Contains("Committed.", result.Output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(reportFile));
        JsonElement entries = report.RootElement.GetProperty("entries");
        Assert.Equal(archive.LiveEntryCount, entries.GetProperty("read").GetInt64());
        Assert.Equal(archive.LiveEntryCount, entries.GetProperty("written").GetInt64() + entries.GetProperty("skipped").GetInt64());
        foreach (JsonElement table in report.RootElement.GetProperty("tables").EnumerateArray())
        {
            string name = table.GetProperty("name").GetString()!;
            Assert.Equal(archive.ExpectedRows.ByTable()[name], table.GetProperty("rows").GetInt64());
            Assert.Equal(archive.ExpectedRows.ByTable()[name], await database.QueryAsync<long>($"SELECT count(*) FROM {name}"));
        }

        Assert.Equal(5, report.RootElement.GetProperty("phases").EnumerateArray().Count(
            phase => phase.GetProperty("name").GetString() is "proof" or "schema" or "load" or "foreign keys" or "commit"));
        Assert.True(report.RootElement.GetProperty("memory").GetProperty("peak_working_set_bytes").GetInt64() > 10_000_000);
        string? ownSetting = await database.QueryAsync<string>("SHOW synchronous_commit");
        Assert.Equal(
            ownSetting, report.RootElement.GetProperty("server").GetProperty("settings").GetProperty("synchronous_commit").GetString());
    }

    [SkippableFact]
    public async Task Populate_NoDatabaseGiven_FillsThePrivateServerWhichCanBeLookedAtAfterwards()
    {
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        GeneratedArchive archive = await GenerateAsync(new GeneratorOptions { Accounts = 100, Trustlines = 200 });
        string data = Path.Combine(Path.GetTempPath(), "pipeline-cli-data-" + Guid.NewGuid().ToString("N"));
        try
        {
            CliResult first = await CliProcess.RunAsync("populate", "--archive", folder, "--data-directory", data, "--quiet");
            Assert.True(first.ExitCode == 0, first.All);
            Assert.Equal("", first.All);
            CliResult second = await CliProcess.RunAsync("populate", "--archive", folder, "--data-directory", data);
            Assert.Equal(2, second.ExitCode);
            Assert.Contains("--replace", second.Error, StringComparison.Ordinal);
            CliResult third = await CliProcess.RunAsync("populate", "--archive", folder, "--data-directory", data, "--replace");
            Assert.True(third.ExitCode == 0, third.All);
            CliResult look =
                await CliProcess.RunAsync("psql", "--data-directory", data, "--", "-Atc", "SELECT count(*) FROM native_balances");
            Assert.Equal(
                archive.ExpectedRows.NativeBalances.ToString(System.Globalization.CultureInfo.InvariantCulture), look.Output.Trim());
        }
        finally
        {
            if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        }
    }

    [SkippableFact]
    public async Task Populate_OrdinaryUserWithoutADatabase_FillsAPrivateServerOfItsOwn()
    {
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"),
            "Only root can become another user, with setpriv.");
        if (OperatingSystem.IsWindows()) return; // Skipped above; this tells the analyzer.
        GeneratedArchive archive = await GenerateAsync(new GeneratorOptions { Accounts = 50, Trustlines = 100 });
        Skip.IfNot(
            await RunAsNobodyAsync("cat", CliProcess.Program), "The ordinary user cannot read the folder that this program lies in.");
        string home = Directory.CreateTempSubdirectory("pipeline-nobody-").FullName;
        try
        {
            File.SetUnixFileMode(home, UnixFileMode.StickyBit | (UnixFileMode)0b111_111_111);
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            string program = CliProcess.Program;
            Assert.True(await RunAsNobodyAsync("env", $"HOME={home}", $"DOTNET_CLI_HOME={home}", "dotnet", program, "populate", "--archive",
                folder, "--data-directory", $"{home}/data", "--report", $"{home}/report.json"));
            using var report = JsonDocument.Parse(await File.ReadAllBytesAsync($"{home}/report.json"));
            Assert.Equal(archive.LiveEntryCount, report.RootElement.GetProperty("entries").GetProperty("read").GetInt64());
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [SkippableTheory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 130)]
    [InlineData("KILL", 137)]
    public async Task Populate_StoppedBySignalInTheMiddle_LeavesTheDatabaseAsItWasAndTheNextRunWorks(string signal, int exitCode)
    {
        GeneratedArchive archive = await GenerateAsync(new GeneratorOptions { Accounts = 30_000, Trustlines = 60_000 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        using var started = new SemaphoreSlim(0);
        using var ended = new SemaphoreSlim(0);
        CliProcess? process = null;
        proxy.When("COPY \"public\".\"trustline_balances\"", async () =>
        {
            // Until this returns the server gets nothing more: the load cannot be done before the signal has come through.
            await started.WaitAsync();
            await process!.SignalAsync(signal);
            if (signal == "KILL") await ended.WaitAsync();
            else await process.SaysAsync("Interrupted: rolling back.");
            return WireFate.Forward;
        });
        using (process = CliProcess.Start("populate", "--archive", folder, "--database", proxy.ConnectionString, "--batch-rows", "500"))
        {
            started.Release();
            try
            {
                CliResult stopped = await process.WaitAsync();
                Assert.True(stopped.ExitCode == exitCode, $"exit {stopped.ExitCode}: {stopped.All}");
            }
            finally
            {
                ended.Release();
            }
        }

        Assert.Equal(1, proxy.Hits);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'ingest_store'"));

        // The server notices a killed client when it next reads from it; until then the advisory lock is held.
        await database.WaitForNoSessionsAsync("application_name LIKE 'stellar-pipeline%'");
        CliResult next = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--quiet");
        Assert.True(next.ExitCode == 0, next.All);
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
    }

    [SkippableFact]
    public async Task MigrateUpDownStatus_FreshDatabase_MakeAndRemoveTheTables()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult up = await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString);
        Assert.True(up.ExitCode == 0, up.All);
        Assert.Contains("applied 2026-01-12.0-trustline_balances.sql", up.Output, StringComparison.Ordinal);
        CliResult again = await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString);
        Assert.Contains("Nothing was pending", again.Output, StringComparison.Ordinal);
        CliResult down = await CliProcess.RunAsync("migrate", "down", "1", "--database", database.ConnectionString, "--yes");
        Assert.True(down.ExitCode == 0, down.All);
        CliResult status = await CliProcess.RunAsync("migrate", "status", "--database", database.ConnectionString);
        Assert.Contains("pending", status.Output, StringComparison.Ordinal);
        CliResult one = await CliProcess.RunAsync("migrate", "up", "1", "--database", database.ConnectionString);
        Assert.Contains("1 migration(s) applied", one.Output, StringComparison.Ordinal);
    }

    private static async Task<bool> RunAsNobodyAsync(params string[] command)
    {
        using Process process =
            Process.Start(
                new ProcessStartInfo("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", .. command])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        await Task.WhenAll(output, error);
        return process.ExitCode == 0;
    }

    private Task<GeneratedArchive> GenerateAsync(GeneratorOptions options) =>
        CheckpointArchiveGenerator.GenerateAsync(folder, options with { Passphrase = StellarNetwork.Testnet.Passphrase });
}
