using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// A load into a database that wallet-backend has worked on: what it knows is kept, what would contradict itself is refused.
/// </summary>
public sealed class LivingDatabaseTests : IDisposable
{
    private const long Checkpoint = 127;
    private const string Known =
        """
        UPDATE protocols SET classification_status = 'success', history_migration_status = 'success', current_state_migration_status =
          'success';
        UPDATE protocol_wasms SET protocol_id = 'SEP41' WHERE wasm_hash IN (SELECT wasm_hash FROM protocol_contracts ORDER BY contract_id
          LIMIT 5);
        UPDATE contract_tokens t SET type = 'sep41', name = 'Token ' || code.n, symbol = 'T' || code.n, decimals = 6 FROM (
            SELECT u.id, row_number() OVER (ORDER BY u.id) AS n FROM contract_tokens u WHERE u.type = 'UNKNOWN') AS code WHERE code.id =
              t.id AND EXISTS (SELECT FROM known_tokens k WHERE k.id = t.id);
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-living-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task RunAsync_HistoryAboveTheCheckpoint_IsARefusalWithCountsThatChangesNothing()
    {
        await using TestDatabase database = await LivedAsync(100, 150);
        string before = await StateAsync(database);
        PopulateException error =
            await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(database, new PopulateOptions { Replace = true }));
        Assert.Equal(FailureKind.Usage, error.Kind);
        foreach (string part in new[]
        {
            "transactions has 46 rows",
            "operations_accounts has 46 rows",
            "state_changes has 46 rows",
            "protocol_SEP41_history_cursor is at 150",
            "protocol_SEP41_current_state_cursor is at 150",
            "1 of 2 rows of sep41_balances changed since",
            "--discard-history-above",
            "Nothing was changed",
        })
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await StateAsync(database));
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Auto, IndexRebuild.Auto)]
    [InlineData(ForeignKeyChoice.Replica, IndexRebuild.Never)]
    [InlineData(ForeignKeyChoice.Recreate, IndexRebuild.Never)]
    [InlineData(ForeignKeyChoice.Deferred, IndexRebuild.Never)]
    [InlineData(ForeignKeyChoice.Ordered, IndexRebuild.Never)]
    public async Task RunAsync_HistoryAboveMayGo_RemovesItMovesTheCursorsAndKeepsWhatIsKnown(ForeignKeyChoice keys, IndexRebuild rebuild)
    {
        await using TestDatabase database = await LivedAsync(100, 150);
        List<string> known = await KnownAsync(database);
        Assert.NotEmpty(known);
        PopulateReport report = await LoadAsync(
            database, new PopulateOptions { Replace = true, DiscardHistoryAbove = true, ForeignKeys = keys, IndexRebuild = rebuild });

        Assert.All(
            await WalletHistory.CountsAsync(database, Checkpoint), counts => Assert.EndsWith("|0|56", counts, StringComparison.Ordinal));
        Assert.Equal(known, await KnownAsync(database));
        Assert.Equal(
            ["latest_ingest_ledger|127", "oldest_ingest_ledger|100", "protocol_SEP41_history_cursor|127"],
            await database.RowsAsync("SELECT key, value FROM ingest_store WHERE key NOT LIKE 'pipeline%' ORDER BY key"));
        Assert.Equal(
            ["success|success|not_started"],
            await database.RowsAsync(
                "SELECT classification_status, history_migration_status, current_state_migration_status FROM protocols"));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM sep41_balances"));
        Assert.Contains(report.Living.Dropped, line => line.Contains("46 rows of transactions", StringComparison.Ordinal));
        Assert.Contains(report.Living.Moved, line => line.Contains("latest_ingest_ledger from 150 to 127", StringComparison.Ordinal));
        Assert.Contains(report.Living.Kept, line => line.Contains("oldest_ingest_ledger at 100", StringComparison.Ordinal));
        Assert.Contains(report.Living.Kept, line => line.Contains("classified contract codes", StringComparison.Ordinal));
        Assert.Contains(report.Living.Kept, line => line.Contains("classified tokens", StringComparison.Ordinal));
        Assert.Contains("\"living\"", System.Text.Encoding.UTF8.GetString(report.ToJson()), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_HistoryAboveMayGo_BookkeepingOfBackfillsAboveGoesToo()
    {
        await using TestDatabase database = await LivedAsync(100, 150);
        await new MigrationRunner(
            database.DataSource, [BackfillSchema.Migrations], new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await database.ExecuteAsync(
            """
            INSERT INTO backfill_batches SELECT l, l + 9, 'found', NULL, NULL, NULL, 20, 20, 20, 20, 20, 'x', 'x'
              FROM generate_series(100, 140, 10) l;
            INSERT INTO backfill_leases (first_ledger, last_ledger, replaces) VALUES (90, 99, false), (151, 160, false)
            """);

        PopulateReport report = await LoadAsync(database, new PopulateOptions { Replace = true, DiscardHistoryAbove = true });

        // The batch of 120 to 129 reaches above the checkpoint: its rows at and below it stay, and count as found.
        Assert.Equal(["100", "110"], await database.RowsAsync("SELECT first_ledger FROM backfill_batches ORDER BY 1"));
        Assert.Equal(["90"], await database.RowsAsync("SELECT first_ledger FROM backfill_leases"));
        Assert.Contains(report.Living.Dropped, line => line.StartsWith("3 rows of backfill_batches", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task RunAsync_IngestionEndsBelowTheCheckpoint_MovesOldestUpAndReopensTheProtocols()
    {
        await using TestDatabase database = await LivedAsync(100, 110);
        PopulateReport report = await LoadAsync(database, new PopulateOptions { Replace = true });
        Assert.Equal(
            ["latest_ingest_ledger|127", "oldest_ingest_ledger|127", "protocol_SEP41_current_state_cursor|110",
                "protocol_SEP41_history_cursor|110"],
            await database.RowsAsync("SELECT key, value FROM ingest_store WHERE key NOT LIKE 'pipeline%' ORDER BY key"));
        Assert.Equal(
            ["success|not_started|not_started"],
            await database.RowsAsync(
                "SELECT classification_status, history_migration_status, current_state_migration_status FROM protocols"));
        Assert.Equal(2, await database.QueryAsync<long>("SELECT count(*) FROM sep41_balances"));
        Assert.All(
            await WalletHistory.CountsAsync(database, Checkpoint), counts => Assert.EndsWith("|0|22", counts, StringComparison.Ordinal));
        Assert.Contains(report.Living.Moved, line => line.Contains("ledgers 111 to 127 are missing", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task RunAsync_CodesThatNobodyHasClassified_ReopenTheClassification()
    {
        await using TestDatabase database = await LivedAsync(100, 127);
        await database.ExecuteAsync("DELETE FROM protocol_contracts; DELETE FROM protocol_wasms WHERE protocol_id IS NULL");
        PopulateReport report = await LoadAsync(database, new PopulateOptions { Replace = true });
        Assert.Equal("not_started", await database.QueryAsync<string>("SELECT classification_status FROM protocols"));
        Assert.Contains(report.Living.Moved, line => line.Contains("run protocol-setup", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task RunAsync_EmptyWalletTablesButHistoryAbove_IsARefusal()
    {
        await using TestDatabase database = await LivedAsync(128, 128);
        await database.ExecuteAsync(
            "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                + "contract_tokens, protocol_contracts, protocol_wasms CASCADE; DELETE FROM ingest_store");
        PopulateException error = await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(database, new PopulateOptions()));
        Assert.Contains("transactions has 2 rows", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_HistoryThatTheRoleMayNotRead_IsARefusalThatSaysSo()
    {
        await using TestDatabase database = await LivedAsync(100, 110);
        TestRole role = await database.CreateRoleAsync(
            "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO {role}",
            "REVOKE SELECT ON operations FROM {role}");
        PopulateException error =
            await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(role.DataSource, new PopulateOptions { Replace = true }));
        Assert.Contains("GRANT SELECT ON public.operations TO", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_CurrentStateOfAnUnknownProtocolAbove_IsARefusalEvenWhenHistoryMayGo()
    {
        await using TestDatabase database = await LivedAsync(100, 150);
        await database.ExecuteAsync("INSERT INTO ingest_store VALUES ('protocol_BLEND_current_state_cursor', '150')");
        string before = await StateAsync(database);
        PopulateException error = await Assert.ThrowsAsync<PopulateException>(
            () => LoadAsync(database, new PopulateOptions { Replace = true, DiscardHistoryAbove = true }));
        Assert.Contains("protocol_BLEND_current_state_cursor at 150", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync(database));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FindAsync_PlanOfAReplacement_SaysWhatTheLoadThenDoesAndChangesNothing(bool isHypertable)
    {
        await using TestDatabase database = await LivedAsync(100, 150, isHypertable);
        string before = await StateAsync(database);
        IReadOnlyList<LoadFinding> refused = await PlannedAsync(database, (uint)Checkpoint, discardsAbove: false);
        IReadOnlyList<LoadFinding> planned = await PlannedAsync(database, (uint)Checkpoint, discardsAbove: true);
        IReadOnlyList<LoadFinding> highest = await PlannedAsync(database, null, discardsAbove: false);
        Assert.Equal(before, await StateAsync(database));

        PopulateException error =
            await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(database, new PopulateOptions { Replace = true }));
        Assert.Equal((true, error.Message), (refused[0].IsObstacle, refused[0].Message));
        Assert.Contains(highest, finding => finding.Message.Contains("up to ledger 150", StringComparison.Ordinal));
        Assert.DoesNotContain(highest, finding => finding.IsObstacle || finding.Check == "dropped");
        PopulateReport report = await LoadAsync(database, new PopulateOptions { Replace = true, DiscardHistoryAbove = true });
        Assert.Equal(Lines(report.Living.Moved, "Moved"), Lines(planned, "moved"));
        Assert.Equal(Lines(report.Living.Dropped, "Dropped"), Lines(planned, "dropped"));
        Assert.Contains(
            planned, finding => finding.Message == "Kept: oldest_ingest_ledger at 100: history reaches from there to the checkpoint.");
        long codes = await database.QueryAsync<long>("SELECT count(*) FROM protocol_wasms WHERE protocol_id IS NOT NULL");
        Assert.Contains(planned, finding =>
            finding.Message.StartsWith(FormattableString.Invariant($"Kept: {codes} classified contract codes"), StringComparison.Ordinal));
        Assert.All(
            await WalletHistory.CountsAsync(database, Checkpoint), counts => Assert.EndsWith("|0|56", counts, StringComparison.Ordinal));

        static string[] Lines(object lines, string kind) => lines is IReadOnlyList<LoadFinding> findings
            ? [.. findings.Where(finding => finding.Check == kind).Select(finding => finding.Message)]
            : [.. ((IReadOnlyList<string>)lines).Select(line => $"{kind}: {line}.")];
    }

    private static async Task<IReadOnlyList<LoadFinding>> PlannedAsync(TestDatabase database, uint? checkpoint, bool discardsAbove)
    {
        await using LoadTransaction look = await LoadTransaction.OpenAsync(database.DataSource);
        return await LivingPlan.FindAsync(look, checkpoint, discardsAbove, CancellationToken.None);
    }

    [SkippableFact]
    public async Task FindAsync_DatabaseOnWhichNobodyWorked_SaysNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Empty(await PlannedAsync(database, null, discardsAbove: false));
    }

    /// <summary>
    /// A database that was filled from the checkpoint, on which ingestion has stored a range of ledgers, and whose SEP-41 tokens are set
    /// up.
    /// </summary>
    private async Task<TestDatabase> LivedAsync(uint oldest, uint latest, bool isHypertable = false)
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        if (isHypertable) await WalletHistory.RequireHypertablesAsync(database);
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 50, Trustlines = 60, Seed = 5, CheckpointLedger = (uint)Checkpoint });
        await LoadAsync(database, new PopulateOptions());
        await WalletHistory.WriteAsync(database, oldest, latest, isHypertable);

        // The strkey of a contract is not known to SQL: which token belongs to which contract is taken from what the load made of each.
        await database.ExecuteAsync("CREATE TABLE known_tokens (id uuid)");
        var contracts =
            (await database.RowsAsync(
                "SELECT encode(contract_id, 'hex') FROM protocol_contracts WHERE wasm_hash IN (SELECT wasm_hash FROM protocol_contracts "
                    + "ORDER BY contract_id LIMIT 5)"))
                .Select(hex => Xdr.StrKey.Encode(Xdr.StrKeyKind.Contract, Convert.FromHexString(hex))).ToList();
        await database.ExecuteAsync(
            $"INSERT INTO known_tokens SELECT id FROM contract_tokens WHERE type = 'UNKNOWN' AND contract_id IN "
                + $"({string.Join(", ", contracts.Select(contract => $"'{contract}'"))})");
        await database.ExecuteAsync(Known);
        await database.ExecuteAsync(
            $"""
            INSERT INTO sep41_balances SELECT '\x30', id, 5, {oldest} FROM known_tokens LIMIT 1;
            INSERT INTO sep41_balances SELECT '\x31', id, 5, {latest} FROM known_tokens LIMIT 1;
            UPDATE ingest_store SET value = '{oldest}' WHERE key = 'oldest_ingest_ledger';
            UPDATE ingest_store SET value = '{latest}' WHERE key = 'latest_ingest_ledger';
            INSERT INTO ingest_store VALUES ('protocol_SEP41_history_cursor', '{latest}'), ('protocol_SEP41_current_state_cursor',
              '{latest}');
            """);
        return database;
    }

    private static async Task<List<string>> KnownAsync(TestDatabase database) =>
    [
        .. await database.RowsAsync(
            "SELECT encode(wasm_hash, 'hex'), protocol_id FROM protocol_wasms WHERE protocol_id IS NOT NULL ORDER BY 1"),
        .. await database.RowsAsync("SELECT id, type, name, symbol, decimals FROM contract_tokens WHERE type = 'sep41' ORDER BY 1"),
    ];

    private static async Task<string> StateAsync(TestDatabase database) =>
        await ExpectedTables.SnapshotAsync(database.DataSource) + string.Join('\n', [
            .. await database.RowsAsync("SELECT * FROM ingest_store ORDER BY key"), .. await KnownAsync(database),
            .. await WalletHistory.CountsAsync(database, Checkpoint),
            .. await database.RowsAsync("SELECT * FROM sep41_balances ORDER BY account_id")]);

    private Task<PopulateReport> LoadAsync(TestDatabase database, PopulateOptions options) => LoadAsync(database.DataSource, options);

    private Task<PopulateReport> LoadAsync(Npgsql.NpgsqlDataSource database, PopulateOptions options) =>
        new CheckpointPopulation(HistoryArchive.Open(folder), database, options, NullLoggerFactory.Instance).RunAsync();
}
