using System.Text.Json;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary><c>bench backfill</c> and <c>bench populate</c> as a user types them: every rung works, and nothing is left.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stellar-pipeline-bench-test-").FullName;

    [SkippableFact]
    public async Task BenchBackfill_GeneratedLedgers_MeasuresEveryRungAndLeavesNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string json = Path.Combine(folder, "bench.json");
        string page = Path.Combine(folder, "bench.html");

        CliResult result = await CliProcess.RunAsync(
            "bench", "backfill", "--database", database.ConnectionString, "--ledgers", "3", "--transactions", "4", "--rounds", "1",
            "--connections", "1", "--connections", "2", "--report", json, "--report", page);

        Assert.True(result.ExitCode == 0, result.All);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        JsonElement[] rungs = [.. report.RootElement.GetProperty("rungs").EnumerateArray()];
        Assert.Equal(
            ["fetch", "decompress", "decode", "prove", "project", "send to nothing", "unlogged, no indexes", "plain, no indexes",
                "plain, 1 connection", "plain, 2 connections", "plain, filled beside"],
            rungs.Select(rung => rung.GetProperty("name").GetString()));
        Assert.All(rungs, rung => Assert.Equal(3, rung.GetProperty("ledgers").GetInt64()));
        Assert.Single(rungs.Skip(4).Select(rung => rung.GetProperty("rows").GetInt64()).Distinct());
        Assert.Contains("<svg", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pipeline_bench%'"));
    }

    [SkippableFact]
    public async Task BenchPopulate_GeneratedArchive_MeasuresEveryRungAndLeavesNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        CliResult result = await CliProcess.RunAsync(
            "bench", "populate", "--database", database.ConnectionString, "--entries", "500", "--rounds", "1", "--report", "-", "--quiet");

        Assert.True(result.ExitCode == 0, result.All);
        using var report = JsonDocument.Parse(result.Output);
        JsonElement[] rungs = [.. report.RootElement.GetProperty("rungs").EnumerateArray()];
        Assert.Equal(
            ["fetch", "decompress", "merge", "project", "unlogged", "plain", "plain, keys built afterwards"],
            rungs.Select(rung => rung.GetProperty("name").GetString()));
        Assert.Single(rungs.Select(rung => rung.GetProperty("entries").GetInt64()).Distinct());
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pipeline_bench%'"));
    }

    [SkippableFact]
    public async Task BenchBackfill_SourceWithoutRange_IsRefused()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        CliResult result = await CliProcess.RunAsync(
            "bench", "backfill", "--database", database.ConnectionString, "--source", folder, "--from", "1000");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--from and --to", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
