using System.Text.Json;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>What an operator finds out afterwards, and beside a run.</summary>
public sealed class OperatorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-operator-").FullName;

    // The server's user must be able to enter it, so it is none of the private temporary ones.
    private readonly string data = Path.Combine(Path.GetTempPath(), $"pipeline-operator-data-{Guid.NewGuid():N}");

    private string Archive => Path.Combine(folder, "archive");

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
    }

    [SkippableFact]
    public async Task Psql_WhileServerRuns_WorksBesideItAsOftenAsWanted()
    {
        await PostgresFixture.AdminConnectionStringAsync(); // Skips where there is no PostgreSQL.
        await GenerateAsync();
        CliResult load = await CliProcess.RunAsync("populate", "--archive", Archive, "--data-directory", data);
        Assert.True(load.ExitCode == 0, load.All);
        Assert.Contains($"{Path.GetFileName(CliProcess.Command[^1])} psql --data-directory", load.Output, StringComparison.Ordinal);
        using var server = CliProcess.Start("server", "--data-directory", data, "--log-level", "information");
        await server.SaysAsync("Started a private PostgreSQL");
        for (int time = 0; time < 2; time++)
        {
            CliResult psql = await CliProcess.RunAsync(
                "psql", "--data-directory", data, "--", "-tAc", "SELECT count(*) > 0 FROM native_balances");
            Assert.True(psql.ExitCode == 0, psql.All);
            Assert.Equal("t", psql.Output.Trim());
        }

        CliResult status = await CliProcess.RunAsync("status", "--data-directory", data);
        Assert.True(status.ExitCode == 0, status.All);
        await server.SignalAsync("INT");
        CliResult stopped = await server.WaitAsync();
        Assert.True(stopped.ExitCode == 0, stopped.All);
        Assert.Contains("Server stopped.", stopped.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Status_AfterALoad_TellsItAndTheAgeOfTheData()
    {
        GeneratedArchive archive = await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(0, (await CliProcess.RunAsync(
            "populate", "--archive", Archive, "--database", database.ConnectionString, "--quiet")).ExitCode);
        CliResult text = await CliProcess.RunAsync("status", "--database", database.ConnectionString);
        CliResult json = await CliProcess.RunAsync("status", "--database", database.ConnectionString, "--format", "json");
        Assert.Contains("Last load     ledger ", text.Output, StringComparison.Ordinal);
        Assert.Matches(@"Newest data   of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, ", text.Output);
        Assert.DoesNotContain("pipeline_last_load", text.Output, StringComparison.Ordinal);
        using var facts = JsonDocument.Parse(json.Output);
        JsonElement last = facts.RootElement.GetProperty("last_load");
        Assert.Equal(archive.CheckpointLedger, last.GetProperty("ledger").GetUInt32());
        Assert.Equal(archive.ExpectedRows.ByTable().Sum(table => table.Value), last.GetProperty("rows").GetInt64());
        Assert.True(facts.RootElement.TryGetProperty("age_seconds", out _));
    }

    [Fact]
    public async Task Show_WrongChecksum_IsToldBeforeAnyDatabaseIsAsked()
    {
        foreach (string[] what in new[]
        {
            ["account", "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVM"], new[] { "transaction", "abc" },
            ["asset", "USD:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVM"],
        })
        {
            CliResult result = await CliProcess.RunAsync(["show", .. what, "--database", "postgres://127.0.0.1:1/none"]);
            Assert.True(result.ExitCode == 2, result.All);
            string why = what[0] == "transaction" ? "is not a transaction hash" : "its checksum is wrong";
            Assert.Contains(why, result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Backfill_SourceWithoutLedgers_LeavesAReportWithTheError()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string report = Path.Combine(folder, "report.json"), empty = Directory.CreateDirectory(Path.Combine(folder, "empty")).FullName;
        CliResult result = await CliProcess.RunAsync(
            "backfill", "--source", empty, "--from", "10", "--to", "20", "--network", "testnet", "--database", database.ConnectionString,
            "--report", report);
        Assert.NotEqual(0, result.ExitCode);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        Assert.Equal(result.ExitCode, json.RootElement.GetProperty("exit_code").GetInt32());
        Assert.Contains(json.RootElement.GetProperty("error").GetString()!, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Password", json.RootElement.GetProperty("database").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ArchiveFetch_Json_IsOneDocument()
    {
        GeneratedArchive archive = await GenerateAsync();
        CliResult result = await CliProcess.RunAsync(
            "archive", "fetch", "--archive", Archive, "--cache", Path.Combine(folder, "cache"), "--format", "json");
        Assert.True(result.ExitCode == 0, result.All);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(archive.CheckpointLedger, json.RootElement.GetProperty("ledger").GetUInt32());
        Assert.True(json.RootElement.GetProperty("fetch").GetProperty("fetched_bytes").GetInt64() > 0);
    }

    private Task<GeneratedArchive> GenerateAsync() => CheckpointArchiveGenerator.GenerateAsync(
        Archive, new GeneratorOptions { Accounts = 50, Trustlines = 80, Passphrase = StellarNetwork.Testnet.Passphrase });
}
