using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// Rows that another session commits while the load waits for its locks are never removed along with what the load may remove.
/// </summary>
public sealed class RowsOfOthersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-others-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task RunAsync_RowCommittedAfterTheLookAtAnEmptyTable_IsARefusalAndTheRowStays()
    {
        await using TestDatabase database = await EmptyTablesAsync();
        Skip.If(await database.QueryAsync<string>("SHOW wal_level") != "minimal",
            "Empty tables are truncated only where wal_level is minimal.");

        PipelineException error =
            await LoadWhileOtherCommitsAsync(database, new PopulateOptions(), "INSERT INTO native_balances (account_id) VALUES ('\\x01')");

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("These tables already hold rows: native_balances.", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
    }

    [SkippableTheory]
    [InlineData(IndexRebuild.Never)]
    [InlineData(IndexRebuild.Always)]
    public async Task RunAsync_ReplaceAndRowCommittedInATableOutsideTheLoad_FailsAndTheRowStays(IndexRebuild rebuild)
    {
        await using TestDatabase database = await EmptyTablesAsync();
        const string Rows =
            "INSERT INTO contract_tokens (id, contract_id, type, decimals) VALUES ('00000000-0000-0000-0000-000000000001', 'C1', "
                + "'UNKNOWN', 0);"
            + "INSERT INTO sep41_balances (account_id, contract_id) VALUES ('\\x01', '00000000-0000-0000-0000-000000000001')";

        await LoadWhileOtherCommitsAsync(database, new PopulateOptions { Replace = true, IndexRebuild = rebuild }, Rows);

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM sep41_balances"));
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM contract_tokens"));
    }

    [SkippableFact]
    public async Task RunAsync_TruncateIsNotPossible_DoesNotLockReadersOutForIt()
    {
        await using TestDatabase database = await EmptyTablesAsync();
        await database.ExecuteAsync("CREATE TABLE kept_by_others (contract_id uuid REFERENCES contract_tokens (id))");
        await using var proxy = new WireProxy(database.ConnectionString);
        long locks = -1;
        proxy.When("PGCOPY", async () =>
        {
            locks = await database.QueryAsync<long>(
                "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'native_balances'::regclass");
            return WireFate.Forward;
        });
        await using var source = NpgsqlDataSource.Create(proxy.ConnectionString);

        await LoadAsync(source, new PopulateOptions { ForeignKeys = ForeignKeyChoice.Replica, Migrate = false });

        Assert.Equal(0, locks);
    }

    [SkippableTheory]
    [InlineData("ON DELETE CASCADE")]
    [InlineData("ON DELETE SET NULL")]
    [InlineData("")]
    public async Task RunAsync_ReplaceAndRowsOfAnotherTableReferToTheRows_IsRefusedUnderEveryStrategyAndTheyStay(string action)
    {
        await using TestDatabase database = await EmptyTablesAsync();
        await LoadAsync(database.DataSource, new PopulateOptions());
        await database.ExecuteAsync(
            $"CREATE TABLE mine (id bytea CONSTRAINT my_key REFERENCES native_balances {action}); INSERT INTO mine SELECT account_id FROM "
                + $"native_balances LIMIT 3");
        List<string> before = await database.RowsAsync("SELECT encode(id, 'hex') FROM mine ORDER BY 1");

        foreach (ForeignKeyChoice choice in Enum.GetValues<ForeignKeyChoice>())
        {
            PopulateException error = await Assert.ThrowsAsync<PopulateException>(
                () => LoadAsync(database.DataSource, new PopulateOptions { Replace = true, ForeignKeys = choice }));
            Assert.Equal(FailureKind.Usage, error.Kind);
            Assert.Contains("foreign key my_key of public.mine refers to public.native_balances with ON DELETE", error.Message,
                StringComparison.Ordinal);
            Assert.Contains("(3 rows)", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await database.RowsAsync("SELECT encode(id, 'hex') FROM mine ORDER BY 1"));
    }

    [SkippableFact]
    public async Task RunAsync_ReplaceAndRowSecurityHidesTheRowsOfADependentTable_IsNotTruncated()
    {
        await using TestDatabase database = await EmptyTablesAsync();
        await database.ExecuteAsync("""
            INSERT INTO contract_tokens (id, contract_id, type, decimals) VALUES ('00000000-0000-0000-0000-000000000001', 'C1', 'UNKNOWN',
              0);
            INSERT INTO sep41_balances (account_id, contract_id) VALUES ('\x01', '00000000-0000-0000-0000-000000000001');
            """);
        await database.ExecuteAsync(
            "ALTER TABLE sep41_balances ENABLE ROW LEVEL SECURITY; CREATE POLICY hidden ON sep41_balances USING (false)");
        TestRole role = await database.CreateRoleAsync("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}");

        await Assert.ThrowsAnyAsync<PipelineException>(
            () => LoadAsync(role.DataSource, new PopulateOptions { Replace = true, Migrate = false }));

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM sep41_balances"));
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM contract_tokens"));
    }

    [SkippableFact]
    public async Task RunAsync_RowSecurityOnATargetTable_IsARefusalThatNamesTableAndPolicy()
    {
        await using TestDatabase database = await EmptyTablesAsync();
        await database.ExecuteAsync(
            "ALTER TABLE native_balances ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON native_balances USING (true)");
        TestRole role = await database.CreateRoleAsync("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}");

        PopulateException error =
            await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(role.DataSource, new PopulateOptions { Migrate = false }));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(
            "Row-level security is active on public.native_balances for this role (policy mine)", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Recreate, "fired for them")]
    [InlineData(ForeignKeyChoice.Replica, "did not fire")]
    public async Task RunAsync_TableHasAUserTrigger_TheReportSaysWhetherItFired(ForeignKeyChoice choice, string remark)
    {
        await using TestDatabase database = await EmptyTablesAsync();
        await database.ExecuteAsync("""
            CREATE TABLE seen (id bytea); CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN INSERT INTO public.seen VALUES (NEW.account_id); RETURN NULL; END';
            CREATE TRIGGER watch AFTER INSERT ON native_balances FOR EACH ROW EXECUTE FUNCTION see();
            """);

        PopulateReport report = await LoadAsync(database.DataSource, new PopulateOptions { ForeignKeys = choice });

        Assert.Single(report.Remarks, text => text.Contains("trigger watch of public.native_balances " + remark, StringComparison.Ordinal));
        Assert.Equal(choice == ForeignKeyChoice.Replica ? 1 : 0, report.Warnings.Count);
        long rows = report.Tables.Single(table => table.Name == "native_balances").Rows;
        Assert.Equal(choice == ForeignKeyChoice.Recreate ? rows : 0, await database.QueryAsync<long>("SELECT count(*) FROM seen"));
        Assert.All(report.ForeignKeys.Proofs, proof => Assert.StartsWith("public.", proof.References, StringComparison.Ordinal));
        Assert.All(report.ForeignKeys.Proofs, proof => Assert.DoesNotContain(" ", proof.References, StringComparison.Ordinal));
    }

    private async Task<TestDatabase> EmptyTablesAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 20, Trustlines = 20, Seed = 3 });
        await LoadAsync(database.DataSource, new PopulateOptions());
        await database.ExecuteAsync(
            "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                + "contract_tokens, protocol_contracts, protocol_wasms CASCADE; DELETE FROM ingest_store");
        return database;
    }

    private async Task<PipelineException> LoadWhileOtherCommitsAsync(TestDatabase database, PopulateOptions options, string statements)
    {
        await using NpgsqlConnection other = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(statements, other)) await command.ExecuteNonQueryAsync();

        Task<PopulateReport> load = LoadAsync(database.DataSource, options with { Migrate = false });
        await database.WaitForLockWaitAsync(load);
        await transaction.CommitAsync();
        return await Assert.ThrowsAnyAsync<PipelineException>(() => load);
    }

    private Task<PopulateReport> LoadAsync(NpgsqlDataSource database, PopulateOptions options) =>
        new CheckpointPopulation(HistoryArchive.Open(folder), database, options, NullLoggerFactory.Instance).RunAsync();
}
