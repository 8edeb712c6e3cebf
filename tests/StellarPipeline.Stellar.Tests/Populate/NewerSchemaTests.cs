using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Populate;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Populate;

/// <summary>Databases that a newer wallet-backend has migrated: they load as they are, or are refused with what makes it impossible.</summary>
public sealed class NewerSchemaTests : IDisposable
{
    private const string Newer =
        """
        ALTER TABLE liquidity_pool_balances ADD CONSTRAINT liquidity_pool_balances_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES liquidity_pools (pool_id) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE native_balances ADD COLUMN data_entries integer NOT NULL DEFAULT 0, ADD COLUMN note text;
        ALTER TABLE protocols DROP CONSTRAINT protocols_classification_status_check, ADD CONSTRAINT protocols_classification_status_check
            CHECK (classification_status IN ('not_started', 'in_progress', 'success', 'failed', 'rebuilding')) NOT VALID;
        CREATE TABLE blend_pools (pool_contract_id bytea PRIMARY KEY, backstop_rate integer NOT NULL DEFAULT 0);
        CREATE TABLE blend_positions (account_id bytea, pool_contract_id bytea REFERENCES blend_pools, token uuid REFERENCES contract_tokens DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (account_id, pool_contract_id));
        CREATE INDEX idx_sep41_balances_contract ON sep41_balances (contract_id, account_id);
        INSERT INTO protocols (id) VALUES ('BLEND_V2');
        INSERT INTO gorp_migrations VALUES ('2026-07-08.1-blend_pools.sql', now()), ('2026-08-13.0-liquidity_pool_balances-pool-fk.sql', now()), ('2026-10-09.0-token_prices.sql', now());
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-newer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Recreate)]
    [InlineData(ForeignKeyChoice.Deferred)]
    [InlineData(ForeignKeyChoice.Ordered)]
    public async Task RunAsync_FurtherTablesColumnsAndKeys_LoadsAndProvesTheNewKey(ForeignKeyChoice keys)
    {
        await using TestDatabase database = await NewerAsync();
        PopulateReport report = await LoadAsync(database, new PopulateOptions { ForeignKeys = keys, ProveAlways = true });
        Assert.Contains(report.ForeignKeys.Proofs, proof => proof.Constraint == "liquidity_pool_balances_pool_id_fkey");
        Assert.Equal(50, await database.QueryAsync<long>("SELECT count(*) FROM native_balances WHERE data_entries = 0"));
        Assert.True(await database.QueryAsync<bool>("SELECT bool_and(convalidated) FROM pg_constraint WHERE conname = 'liquidity_pool_balances_pool_id_fkey'"));

        PopulateReport again = await LoadAsync(database, new PopulateOptions { Replace = true, ForeignKeys = keys });
        Assert.Equal(report.Tables.Select(table => (table.Name, table.Rows)), again.Tables.Select(table => (table.Name, table.Rows)));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE native_balances ADD COLUMN must integer; ALTER TABLE native_balances ALTER COLUMN must SET NOT NULL", "native_balances.must (integer) must not be NULL and has no default")]
    [InlineData("ALTER TABLE sac_balances RENAME COLUMN balance TO amount", "sac_balances.balance is missing (numeric is needed)")]
    [InlineData("ALTER TABLE liquidity_pools ALTER COLUMN amount_a TYPE numeric", "liquidity_pools.amount_a is numeric instead of bigint")]
    public async Task RunAsync_SomethingMakesItImpossible_IsARefusalThatNamesIt(string sql, string named)
    {
        await using TestDatabase database = await NewerAsync();
        await database.ExecuteAsync(sql);
        var error = await Assert.ThrowsAnyAsync<PipelineException>(() => LoadAsync(database, new PopulateOptions()));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM ingest_store"));
    }

    private async Task<TestDatabase> NewerAsync()
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 50, Trustlines = 60, Seed = 6 });
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(database.DataSource, [WalletSchema.Main], new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await database.ExecuteAsync(Newer);
        return database;
    }

    private Task<PopulateReport> LoadAsync(TestDatabase database, PopulateOptions options) =>
        new CheckpointPopulation(HistoryArchive.Open(folder), database.DataSource, options, NullLoggerFactory.Instance).RunAsync();
}
