using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// Databases that a newer wallet-backend has migrated: they load as they are, or are refused with what makes it impossible.
/// </summary>
public sealed class NewerSchemaTests : IDisposable
{
    private const string Newer =
        """
        ALTER TABLE liquidity_pool_balances ADD CONSTRAINT liquidity_pool_balances_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES
          liquidity_pools (pool_id) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE native_balances ADD COLUMN data_entries integer NOT NULL DEFAULT 0, ADD COLUMN note text;
        ALTER TABLE protocols DROP CONSTRAINT protocols_classification_status_check, ADD CONSTRAINT protocols_classification_status_check
            CHECK (classification_status IN ('not_started', 'in_progress', 'success', 'failed', 'rebuilding')) NOT VALID;
        CREATE TABLE blend_pools (pool_contract_id bytea PRIMARY KEY, backstop_rate integer NOT NULL DEFAULT 0);
        CREATE TABLE blend_positions (account_id bytea, pool_contract_id bytea REFERENCES blend_pools, token uuid REFERENCES contract_tokens
          DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (account_id, pool_contract_id));
        CREATE INDEX idx_sep41_balances_contract ON sep41_balances (contract_id, account_id);
        INSERT INTO protocols (id) VALUES ('BLEND_V2');
        INSERT INTO gorp_migrations VALUES ('2026-07-08.1-blend_pools.sql', now()), ('2026-08-13.0-liquidity_pool_balances-pool-fk.sql',
          now()), ('2026-10-09.0-token_prices.sql', now());
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
        Assert.True(await database.QueryAsync<bool>(
            "SELECT bool_and(convalidated) FROM pg_constraint WHERE conname = 'liquidity_pool_balances_pool_id_fkey'"));

        PopulateReport again = await LoadAsync(database, new PopulateOptions { Replace = true, ForeignKeys = keys });
        Assert.Equal(report.Tables.Select(table => (table.Name, table.Rows)), again.Tables.Select(table => (table.Name, table.Rows)));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE native_balances ADD COLUMN must integer; ALTER TABLE native_balances ALTER COLUMN must SET NOT NULL",
        "native_balances.must (integer) must not be NULL and has no default")]
    [InlineData("ALTER TABLE sac_balances RENAME COLUMN balance TO amount", "sac_balances.balance is missing (numeric is needed)")]
    [InlineData("ALTER TABLE liquidity_pools ALTER COLUMN amount_a TYPE numeric", "liquidity_pools.amount_a is numeric instead of bigint")]
    public async Task RunAsync_SomethingMakesItImpossible_IsARefusalThatNamesIt(string sql, string named)
    {
        await using TestDatabase database = await NewerAsync();
        await database.ExecuteAsync(sql);
        PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(() => LoadAsync(database, new PopulateOptions()));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM ingest_store"));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE native_balances ADD CONSTRAINT rich CHECK (balance > 100000000000)",
        "Constraint rich of public.native_balances")]
    [InlineData("ALTER TABLE contract_tokens ALTER COLUMN symbol SET NOT NULL",
        "Column symbol of public.contract_tokens, which is NOT NULL, refuses a contract with WASM code")]
    [InlineData("ALTER TABLE contract_tokens ADD CONSTRAINT known CHECK (type IN ('SAC', 'SEP41'))",
        "Constraint known of public.contract_tokens")]
    [InlineData("ALTER TABLE contract_tokens ADD CONSTRAINT named CHECK (coalesce(name, '') <> '') NOT VALID",
        "Constraint named of public.contract_tokens")]
    [InlineData("ALTER TABLE sac_balances ALTER COLUMN balance TYPE numeric(8, 7)", "Column balance of public.sac_balances")]
    [InlineData("CREATE DOMAIN small AS bigint CHECK (VALUE < 1000); ALTER TABLE trustline_balances ALTER COLUMN trust_limit TYPE small",
        "of the domain of column trust_limit of public.trustline_balances")]
    [InlineData("CREATE DOMAIN low AS bigint CHECK (VALUE < 60); CREATE DOMAIN lower AS low; ALTER TABLE native_balances ALTER COLUMN "
        + "last_modified_ledger DROP DEFAULT, ALTER COLUMN last_modified_ledger TYPE lower",
        "of the domain of column last_modified_ledger")]
    public async Task RunAsync_ConstraintThatRowsOfEveryCheckpointViolate_IsARefusalBeforeTheLoad(string sql, string named)
    {
        await using TestDatabase database = await NewerAsync();
        await database.ExecuteAsync(sql);
        PopulateException error = await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(database, new PopulateOptions()));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM ingest_store"));
    }

    [SkippableTheory]
    [InlineData("CREATE FUNCTION fine(bigint) RETURNS bool LANGUAGE sql AS 'SELECT true'; ALTER TABLE native_balances ADD CONSTRAINT mine "
        + "CHECK (fine(balance))", "Constraint mine of public.native_balances is not tested")]
    [InlineData("ALTER TABLE native_balances ADD CONSTRAINT slow CHECK (pg_sleep(0) IS NOT NULL)",
        "Constraint slow of public.native_balances is not tested")]
    [InlineData("ALTER TABLE native_balances ADD CONSTRAINT runs CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL)",
        "Constraint runs of public.native_balances is not tested")]
    [InlineData("CREATE UNIQUE INDEX once ON native_balances (account_id, balance)", null)]
    [InlineData("CREATE UNIQUE INDEX once ON native_balances (upper(encode(account_id, 'hex')))",
        "Unique index once of public.native_balances")]
    [InlineData("ALTER TABLE native_balances ADD CONSTRAINT apart EXCLUDE USING btree (account_id WITH =)",
        "Exclusion constraint apart of public.native_balances")]
    [InlineData("ALTER TABLE native_balances ADD CONSTRAINT odd CHECK (note IS NULL OR length(note) < 10)",
        "Constraint odd of public.native_balances is not tested")]
    [InlineData("ALTER TABLE native_balances ADD CONSTRAINT fits CHECK (balance >= 0 AND num_subentries IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "
        + "10, 11, 12, 13, 14, 15) OR last_modified_ledger > 0)", null)]
    public async Task ReadAsync_ConstraintThatMayRefuseRows_IsToldAndNoObstacle(string sql, string? told)
    {
        await using TestDatabase database = await NewerAsync();
        await database.ExecuteAsync(sql);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        var checks = new PopulateChecks(new PopulateOptions());
        LoadPreflight preflight =
            await LoadPreflight.ReadAsync(connection, checks.Request.Resolve(table => new CopyTable("public", table.Name, table.Columns)));
        Assert.Empty(preflight.Obstacles);
        string[] found = [.. preflight.Findings.Where(finding => finding.Check == "constraints").Select(finding => finding.Message)];
        if (told is null) Assert.Empty(found);
        else Assert.StartsWith(told, Assert.Single(found), StringComparison.Ordinal);
        await transaction.RollbackAsync();
        Assert.Equal(1, (await LoadAsync(database, new PopulateOptions())).Attempts);
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Recreate)]
    [InlineData(ForeignKeyChoice.Deferred)]
    [InlineData(ForeignKeyChoice.Ordered)]
    public async Task RunAsync_AssetWantedInEveryRowOfAnAssetContract_LeavesOutWhatNoInstanceProves(ForeignKeyChoice keys)
    {
        await using TestDatabase plain = await NewerAsync();
        await using TestDatabase strict = await NewerAsync();
        await strict.ExecuteAsync(
            "ALTER TABLE contract_tokens ADD CONSTRAINT contract_tokens_sac_has_asset CHECK (type <> 'SAC' OR (code IS NOT NULL AND "
                + "issuer IS NOT NULL))");
        PopulateReport all = await LoadAsync(plain, new PopulateOptions { ForeignKeys = keys });
        PopulateReport proved = await LoadAsync(strict, new PopulateOptions { ForeignKeys = keys, BatchRows = 10 });

        // What the generator makes: contracts with balances that have no instance, or one with WASM code.
        const string Unproved =
            "FROM sac_balances b JOIN contract_tokens t ON t.id = b.contract_id WHERE t.type <> 'SAC' OR t.code IS NULL";
        long left = await plain.QueryAsync<long>($"SELECT count(*) {Unproved}");
        Assert.NotEqual(0, left);
        Assert.Equal(0, await strict.QueryAsync<long>($"SELECT count(*) {Unproved}"));
        const string Kept =
            "SELECT b.* FROM sac_balances b JOIN contract_tokens t ON t.id = b.contract_id WHERE t.type = 'SAC' AND t.code IS NOT NULL "
                + "ORDER BY 1, 2";
        Assert.Equal(await plain.RowsAsync(Kept), await strict.RowsAsync(Kept));
        const string Tokens =
            "SELECT id, contract_id, type, code, issuer, name, symbol, decimals FROM contract_tokens WHERE type <> 'SAC' OR code IS NOT "
                + "NULL ORDER BY 1";
        Assert.Equal(await plain.RowsAsync(Tokens), await strict.RowsAsync(Tokens));
        Assert.Equal(0, await strict.QueryAsync<long>("SELECT count(*) FROM contract_tokens WHERE type = 'SAC' AND code IS NULL"));

        Assert.Equal(left, all.Tables.Single(table => table.Name == "sac_balances").Rows
            - proved.Tables.Single(table => table.Name == "sac_balances").Rows);
        Assert.Equal(left, proved.Entries.Outcomes.Single(outcome => outcome.Outcome == "balance_of_unproved_contract").Count);
        Assert.Equal(all.Entries.Read, proved.Entries.Read);
        Assert.Contains(proved.Remarks, remark => remark.Contains("were left out", StringComparison.Ordinal));
        Assert.DoesNotContain(all.Remarks, remark => remark.Contains("were left out", StringComparison.Ordinal));
        foreach (PopulateReport.TableRow table in proved.Tables)
            Assert.Equal(table.Rows, await strict.QueryAsync<long>($"SELECT count(*) FROM {table.Name}"));
    }

    [SkippableFact]
    public async Task RunAsync_AssetWantedAndTheRoleMayNotDelete_IsARefusalWithTheGrant()
    {
        await using TestDatabase database = await NewerAsync();
        await database.ExecuteAsync("ALTER TABLE contract_tokens ADD CONSTRAINT wants CHECK (type <> 'SAC' OR code IS NOT NULL)");
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}");
        PopulateException error = await Assert.ThrowsAsync<PopulateException>(() =>
            new CheckpointPopulation(HistoryArchive.Open(folder), role.DataSource, new PopulateOptions { Migrate = false },
                NullLoggerFactory.Instance).RunAsync());
        Assert.Contains(
            "GRANT DELETE ON \"public\".\"contract_tokens\", \"public\".\"sac_balances\" TO ", error.Message, StringComparison.Ordinal);
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
