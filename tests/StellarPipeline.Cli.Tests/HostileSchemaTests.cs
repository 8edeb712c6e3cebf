using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>Whoever may create in a schema of the loader's search path can have nothing run with the loader's rights.</summary>
public sealed class HostileSchemaTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-hostile-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Behind "pg_catalog first" an object must match better than PostgreSQL's to be taken; in front of it, its name is enough.
    [SkippableTheory]
    [InlineData("wallet, evil")]
    [InlineData("wallet, evil, pg_catalog")]
    public async Task EveryCommand_SchemasOfThePathFullOfTraps_SpringsNone(string path)
    {
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 200, Trustlines = 300, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string sprung = await HostileSchema.PlantAsync(database, "wallet", "evil");
        TestRole role = await database.CreateRoleAsync($"ALTER ROLE {{role}} SUPERUSER", $"ALTER ROLE {{role}} SET search_path = {path}");

        await RunAsync("migrate", "up", "3");
        await RunAsync("migrate", "status");
        await RunAsync("migrate", "up");
        await RunAsync("plan");
        await RunAsync("plan", "--tables", "native_balances,trustline_assets,trustline_balances");
        await RunAsync("plan", "--schema", "wallet");
        foreach (string strategy in new[] { "replica", "recreate", "ordered", "deferred", "auto" })
            await RunAsync("populate", "--archive", folder, "--foreign-keys", strategy, "--replace", "--prove-always", "--quiet");
        await RunAsync("populate", "--archive", folder, "--rebuild-indexes", "always", "--replace", "--quiet");
        Assert.Equal(["wallet"],
            await database.RowsAsync("SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'native_balances'"));
        Assert.True(await database.QueryAsync<long>("SELECT count(*) FROM wallet.native_balances") > 0);

        async Task RunAsync(params string[] command)
        {
            CliResult result = await CliProcess.RunAsync([.. command, "--database", role.ConnectionString]);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result.All}");
            Assert.True(await database.QueryAsync<long>(sprung) == 0,
                $"{string.Join(' ', command)} has run what was planted: {await database.QueryAsync<long>(sprung)} times.");
        }
    }

    [SkippableTheory]
    [InlineData("TABLE wallet.gorp_migrations", 0)]
    [InlineData("VIEW wallet.gorp_migrations AS SELECT 'x'::text AS id, now() AS applied_at WHERE nextval('traps.sprung') > 0", 2)]
    [InlineData("VIEW wallet.native_balances AS SELECT 1 AS account_id WHERE nextval('traps.sprung') > 0", 2)]
    [InlineData("VIEW wallet.ingest_store AS SELECT 'latest_ingest_ledger'::text AS key, '5'::text AS value WHERE nextval('traps.sprung') "
        + "> 0", 2)]
    public async Task Populate_ViewInPlaceOfATable_IsRefusedWithoutReadingIt(string planted, int exitCode)
    {
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 20, Trustlines = 30, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE SCHEMA wallet; CREATE SCHEMA traps; CREATE SEQUENCE traps.sprung");
        string connection = new NpgsqlConnectionStringBuilder(database.ConnectionString) { SearchPath = "wallet" }.ConnectionString;
        CliResult up = await CliProcess.RunAsync("migrate", "up", "--database", connection);
        Assert.True(up.ExitCode == 0, up.All);
        string kindAndName = string.Join(' ', planted.Split(' ')[..2]);
        if (kindAndName.StartsWith("VIEW", StringComparison.Ordinal))
        {
            await database.ExecuteAsync($"ALTER {kindAndName.Replace("VIEW", "TABLE", StringComparison.Ordinal)} RENAME TO set_aside");
            await database.ExecuteAsync($"CREATE {planted}");
        }

        CliResult load = await CliProcess.RunAsync("populate", "--archive", folder, "--database", connection);
        Assert.True(load.ExitCode == exitCode, load.All);
        Assert.False(await database.QueryAsync<bool>("SELECT is_called FROM traps.sprung"));
    }
}
