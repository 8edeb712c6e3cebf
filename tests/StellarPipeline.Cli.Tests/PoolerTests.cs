using System.Text.Json;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>Behind a pooler that gives each transaction another session.</summary>
public sealed class PoolerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-pooled-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task EveryCommand_BehindAPooler_WorksAndLeavesNothingInItsSessions()
    {
        await GenerateAsync();
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        await RunAsync(pooler, 0, "migrate", "up");
        await RunAsync(pooler, 0, "plan");
        await RunAsync(pooler, 0, "populate", "--archive", folder, "--quiet");
        await RunAsync(pooler, 0, "populate", "--archive", folder, "--foreign-keys", "recreate", "--rebuild-indexes", "always", "--replace",
            "--quiet");
        Assert.Equal(0, await pooler.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
        Assert.True(await pooler.QueryAsync<long>("SELECT count(*) FROM native_balances") > 0);
    }

    [SkippableFact]
    public async Task Populate_SchemaNamed_IsLoadedAndReportedBehindAPooler()
    {
        await GenerateAsync();
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        await pooler.QueryAsync<object>("CREATE SCHEMA \"Tenant 1\"");
        string report = Path.Combine(folder, "report.json");
        await RunAsync(pooler, 0, "populate", "--archive", folder, "--schema", "Tenant 1", "--report", report);
        Assert.Equal(1, await pooler.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
        Assert.True(await pooler.QueryAsync<long>("SELECT count(*) FROM \"Tenant 1\".native_balances") > 0);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        JsonElement server = json.RootElement.GetProperty("server");
        Assert.Equal(("Tenant 1", "postgres"), (server.GetProperty("schema").GetString(), server.GetProperty("database").GetString()));
        Assert.StartsWith("127.0.0.1:", server.GetProperty("host").GetString(), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("search_path", "search_path=tenant", "search_path was asked to be 'tenant'", "'\"$user\", public'")]
    [InlineData("search_path", "options=-c%20search_path%3Dtenant", "search_path was asked to be 'tenant'", "'\"$user\", public'")]
    [InlineData("options", "options=-c%20work_mem%3D5MB", "work_mem was asked to be '5MB'", "'4MB'")]
    [InlineData("options", "work_mem=5MB", "work_mem was asked to be '5MB'", "'4MB'")]
    public async Task Populate_PoolerDropsASettingOfTheAddress_IsRefusedBeforeAnything(
        string ignored, string query, string asked, string found)
    {
        await GenerateAsync();
        await using PgBouncer pooler = await PgBouncer.StartAsync($"extra_float_digits,{ignored}");
        await pooler.QueryAsync<object>("CREATE SCHEMA tenant");
        CliResult result = await RunAsync(pooler, 2, $"?{query}", "populate", "--archive", folder, "--replace");
        Assert.Contains(asked, result.Error, StringComparison.Ordinal);
        Assert.Contains(found, result.Error, StringComparison.Ordinal);
        Assert.Contains("pooler", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, await pooler.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
    }

    [SkippableFact]
    public async Task Populate_PoolerRefusesTheSearchPath_SaysHowToNameTheSchema()
    {
        await GenerateAsync();
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        CliResult result = await RunAsync(pooler, 2, "?search_path=tenant", "populate", "--archive", folder);
        Assert.Contains("schema can be named by itself", result.Error, StringComparison.Ordinal);
        Assert.Contains("search_path", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("standby", 2)]
    [InlineData("read-only", 2)]
    [InlineData("read-write", 0)]
    [InlineData("primary", 0)]
    [InlineData("any", 0)]
    public async Task Plan_OneHostAndAttributes_AreComparedWithTheServer(string attributes, int exitCode)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE a (id int PRIMARY KEY)");
        var server = new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString);
        string url =
            $"postgres://"
                + $"{server.Username}"
                + $"{(server.Password is { } password ? $":{Uri.EscapeDataString(password)}" : "")}@"
                + $"{Uri.EscapeDataString(server.Host!)}:{server.Port}/{server.Database}?target_session_attrs={attributes}";
        CliResult result = await CliProcess.RunAsync("plan", "--tables", "a", "--database", url);
        Assert.True(result.ExitCode == exitCode, result.All);
        if (exitCode != 0) Assert.Contains($"target_session_attrs was asked to be '{attributes}'", result.Error, StringComparison.Ordinal);
    }

    private static async Task<CliResult> RunAsync(PgBouncer pooler, int exitCode, params string[] command)
    {
        string query = command[0].StartsWith('?') ? command[0] : "";
        CliResult result =
            await CliProcess.RunAsync([.. command.Where(word => word != query || query.Length == 0), "--database", pooler.Address + query]);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', command)}: exit {result.ExitCode}: {result.All}");
        return result;
    }

    private Task GenerateAsync() =>
        CheckpointArchiveGenerator.GenerateAsync(Path.Combine(folder),
            new GeneratorOptions { Accounts = 100, Trustlines = 150, Passphrase = StellarNetwork.Testnet.Passphrase });
}
