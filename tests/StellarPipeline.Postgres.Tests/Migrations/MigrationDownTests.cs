using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

public sealed class MigrationDownTests
{
    [SkippableFact]
    public async Task PlanDown_AllFiles_GoesByNameOverAllSetsAndCountsRows()
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync("INSERT INTO native_balances (account_id) VALUES ('\\x01'), ('\\x02')");
        MigrationDownPlan plan = await Runner(database).PlanDownAsync(99);
        var names = SchemaFolder.Names(SchemaFolder.Both).ToList();
        names.Sort(StringComparer.Ordinal);
        Assert.Equal(Enumerable.Reverse(names), plan.Files.Select(file => file.Name));
        Assert.Equal(2, plan.Files.SelectMany(file => file.Tables).Single(table => table.Name == "native_balances").Rows);
        Assert.Contains(plan.Files.Single(file => file.Name == "2026-01-15.0-native_balances.sql").Statements,
            text => text.StartsWith("DROP TABLE", StringComparison.Ordinal));
        Assert.Empty(plan.Dependents);

        // The extra files are applied after all others, whatever their names say.
        Assert.Contains(plan.Remarks, remark =>
            remark.StartsWith(
                "2026-07-02.1-liquidity_pool_balances.sql is reverted in name order, but was applied", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Down_FileAppliedLateWithAnEarlyName_LeavesItAndTakesTheLastByName()
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync(
            "UPDATE gorp_migrations SET applied_at = now() + interval '1 hour' WHERE id = '2024-05-22.0-ingest.sql'");
        Assert.Equal(["2026-11-28.1-protocol_sep41.sql"], await Runner(database).DownAsync(1));
    }

    [SkippableTheory]
    [InlineData("CREATE VIEW rich AS SELECT account_id FROM native_balances; CREATE VIEW richer AS SELECT * FROM rich",
        "view public.richer")]
    [InlineData("CREATE MATERIALIZED VIEW tokens AS SELECT id FROM contract_tokens", "materialized view public.tokens")]
    [InlineData("CREATE TABLE mine (token uuid REFERENCES contract_tokens)", "constraint mine_token_fkey on table public.mine")]
    [InlineData("CREATE TABLE mine (note contract_tokens)", "column note of table public.mine")]
    [InlineData("CREATE TABLE mine () INHERITS (contract_tokens)", "table public.mine")]
    [InlineData("CREATE FUNCTION mine(contract_tokens) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "function public.mine(public.contract_tokens)")]
    [InlineData("CREATE TABLE mine (updated_at timestamptz); CREATE TRIGGER t BEFORE UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION "
        + "refresh_updated_at_column()", "trigger t on table public.mine")]
    public async Task Down_SomethingOfOthersDepends_IsARefusalThatNamesItAndNothingChanges(string sql, string named)
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync(sql);
        List<string> before = await Catalogue.DumpAsync(database);
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => Runner(database).DownAsync(99));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await Catalogue.DumpAsync(database));
        Assert.Equal(
            SchemaFolder.Names(SchemaFolder.Both).Count(), (await Runner(database).StatusAsync()).Count(status => status.IsApplied));
    }

    [SkippableFact]
    public async Task Down_DependentsAllowed_TakesThemAlong()
    {
        await using TestDatabase database = await MigratedAsync();
        await database.ExecuteAsync("CREATE TABLE mine (token uuid REFERENCES contract_tokens)");
        MigrationRunner runner = Runner(database);
        await runner.DownAsync(await runner.PlanDownAsync(99), dropDependents: true);
        Assert.Equal(
            ["mine"],
            await database.RowsAsync(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE "
                    + "'%migrations'"));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"));
    }

    [SkippableTheory]
    [InlineData("INSERT INTO native_balances (account_id) VALUES ('\\x01')", "table native_balances contains 1 rows")]
    [InlineData("CREATE VIEW rich AS SELECT account_id FROM native_balances", "view public.rich depends on what would be dropped")]
    public async Task Down_DatabaseChangedSinceThePlan_IsARefusalAndNothingChanges(string sql, string named)
    {
        await using TestDatabase database = await MigratedAsync();
        MigrationRunner runner = Runner(database);
        MigrationDownPlan plan = await runner.PlanDownAsync(99);
        await database.ExecuteAsync(sql);
        List<string> before = await Catalogue.DumpAsync(database);
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.DownAsync(plan, false));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await Catalogue.DumpAsync(database));
    }

    [SkippableFact]
    public async Task Down_ALaterFileOfThePlanIsRefused_LeavesAllOfThemApplied()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        var set = new MigrationSet(MigrationSource.FromTexts([
            ("1.sql", "-- +migrate Up\nCREATE TABLE first (id int);\n-- +migrate Down\nSELECT 1/0;\n"),
            ("2.sql", "-- +migrate Up\nCREATE TABLE second (id int);\n-- +migrate Down\nDROP TABLE second;\n"),
        ]));
        var runner = new MigrationRunner(database.DataSource, [set], new MigrationRunnerOptions(), NullLogger.Instance);
        await runner.UpAsync();
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.DownAsync(2));
        Assert.Contains("nothing was changed", error.Message, StringComparison.Ordinal);
        Assert.Equal(["1.sql", "2.sql"], await database.RowsAsync("SELECT id FROM gorp_migrations ORDER BY id"));
        Assert.Equal("second", await database.QueryAsync<string>("SELECT to_regclass('second')::text"));
    }

    [SkippableFact]
    public async Task UpstreamsOwnDown_AfterOurMigrations_FindsNothingOfOursOnItsFunction()
    {
        await using TestDatabase database = await MigratedAsync();
        string down =
            string.Join(";\n", Enumerable.Reverse(SchemaFolder.Main.Source.Migrations).SelectMany(migration => migration.Down).Select(
                statement => statement.Text));
        await database.ExecuteAsync(down);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_proc WHERE proname = 'refresh_updated_at_column'"));

        await database.ExecuteAsync(
            "INSERT INTO keypairs (public_key, encrypted_private_key, updated_at) VALUES ('G', '\\x00', '2020-01-01'); UPDATE keypairs "
                + "SET encrypted_private_key = '\\x01'");
        Assert.True(await database.QueryAsync<bool>("SELECT updated_at > '2021-01-01' FROM keypairs"));
    }

    [SkippableFact]
    public async Task Up_RegistersTheProtocolThatWalletBackendRegisters_AndLeavesItsStatusAlone()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(database.DataSource, [SchemaFolder.Main], new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await database.ExecuteAsync("INSERT INTO protocols (id, classification_status) VALUES ('SEP41', 'success')");
        await Runner(database).UpAsync();
        Assert.Equal(["SEP41|success"], await database.RowsAsync("SELECT id, classification_status FROM protocols"));
        await database.ExecuteAsync("DELETE FROM protocols; DELETE FROM pipeline_migrations WHERE id LIKE '%sep41%'");
        await Runner(database).UpAsync();
        Assert.Equal(["SEP41|not_started"], await database.RowsAsync("SELECT id, classification_status FROM protocols"));
    }

    private static async Task<TestDatabase> MigratedAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database).UpAsync();
        return database;
    }

    private static MigrationRunner Runner(TestDatabase database) =>
        new(database.DataSource, SchemaFolder.Both, new MigrationRunnerOptions(), NullLogger.Instance);
}
