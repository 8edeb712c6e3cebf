using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive;
using StellarPipeline.Generator;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Stellar.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Populate;

/// <summary>Rows that another session commits while the load waits for its locks are never removed along with what the load may remove.</summary>
public sealed class RowsOfOthersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-others-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task RunAsync_RowCommittedAfterTheLookAtAnEmptyTable_IsARefusalAndTheRowStays()
    {
        await using TestDatabase database = await EmptyTablesAsync();
        Skip.If(await database.QueryAsync<string>("SHOW wal_level") != "minimal", "Empty tables are truncated only where wal_level is minimal.");

        PipelineException error = await LoadWhileOtherCommitsAsync(database, new PopulateOptions(), "INSERT INTO native_balances (account_id) VALUES ('\\x01')");

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
            "INSERT INTO contract_tokens (id, contract_id, type, decimals) VALUES ('00000000-0000-0000-0000-000000000001', 'C1', 'UNKNOWN', 0);"
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
            locks = await database.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'native_balances'::regclass");
            return WireFate.Forward;
        });
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(proxy.ConnectionString);

        await LoadAsync(source, new PopulateOptions { ForeignKeys = ForeignKeyChoice.Replica, Migrate = false });

        Assert.Equal(0, locks);
    }

    private async Task<TestDatabase> EmptyTablesAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 20, Trustlines = 20, Seed = 3 });
        await LoadAsync(database.DataSource, new PopulateOptions());
        await database.ExecuteAsync("TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, contract_tokens, protocol_contracts, protocol_wasms CASCADE; DELETE FROM ingest_store");
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
