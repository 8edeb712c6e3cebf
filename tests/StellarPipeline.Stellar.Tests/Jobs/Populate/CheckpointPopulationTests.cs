using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

public sealed class CheckpointPopulationTests : IDisposable
{
    private const string LoaderName = "loader";
    private const string IsLoader = $"application_name LIKE '{LoaderName}%'";
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-populate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData("pubnet-p22", 250_000)]
    [InlineData("testnet-p25", 250_000)]
    [InlineData("testnet-p30", 250_000)]
    [InlineData("pubnet-p22", 7)]
    public async Task RunAsync_SampleArchive_EveryTableHoldsExactlyTheExpectedRows(string archive, int batchRows)
    {
        string path = SampleData.Require($"archives/{archive}");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        PopulateReport report = await LoadAsync(path, database.DataSource, new PopulateOptions { BatchRows = batchRows });

        await ExpectedTables.AssertEqualAsync(database.DataSource, archive);
        Assert.Equal("replica", report.ForeignKeys.Strategy);
        Assert.Equal(report.Entries.Read, report.Entries.Written + report.Entries.Skipped);
        Assert.All(report.ForeignKeys.Proofs, proof => Assert.Equal(0, proof.Violations));
        Assert.Equal(4, report.ForeignKeys.Proofs.Count);
        foreach (PopulateReport.TableRow table in report.Tables)
            Assert.Equal(table.Rows, await database.QueryAsync<long>($"SELECT count(*) FROM {table.Name}"));
        string ledger = report.Checkpoint.Ledger.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(
            [$"latest_ingest_ledger|{ledger}", $"oldest_ingest_ledger|{ledger}",
                $"pipeline_latest_ledger_hash|{ledger} {report.Checkpoint.HeaderHash}"],
            await database.RowsAsync("SELECT key, value FROM ingest_store WHERE key <> 'pipeline_last_load' ORDER BY key"));
    }

    [SkippableFact]
    public async Task RunAsync_GeneratedArchive_RowCountsAreThoseOfTheGenerator()
    {
        GeneratedArchive archive = await GenerateAsync(new GeneratorOptions { Accounts = 3_000, Trustlines = 6_000, Seed = 42 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        PopulateReport report = await LoadAsync(folder, database.DataSource, new PopulateOptions { DecodeWorkers = 3, BatchRows = 1_000 });
        Assert.Equal(archive.LiveEntryCount, report.Entries.Read);
        foreach ((string table, long rows) in archive.ExpectedRows.ByTable())
        {
            Assert.Equal((table, rows), (table, report.Tables.Single(row => row.Name == table).Rows));
            Assert.Equal((table, rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
        }
    }

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Replica, "testnet-p25", 250_000)]
    [InlineData(ForeignKeyChoice.Recreate, "testnet-p25", 250_000)]
    [InlineData(ForeignKeyChoice.Deferred, "testnet-p25", 3)]
    [InlineData(ForeignKeyChoice.Ordered, "testnet-p25", 3)]
    [InlineData(ForeignKeyChoice.Ordered, "pubnet-p22", 1)]
    [InlineData(ForeignKeyChoice.Deferred, "pubnet-p22", 250_000)]
    public async Task RunAsync_EachForeignKeyStrategy_GivesIdenticalTables(ForeignKeyChoice choice, string archive, int batchRows)
    {
        string path = SampleData.Require($"archives/{archive}");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        PopulateReport report =
            await LoadAsync(path, database.DataSource, new PopulateOptions { ForeignKeys = choice, BatchRows = batchRows });
        Assert.Equal(choice.ToString(), report.ForeignKeys.Strategy, ignoreCase: true);
        Assert.Equal(choice == ForeignKeyChoice.Ordered ? 0 : 4, report.ForeignKeys.Proofs.Count);
        await ExpectedTables.AssertEqualAsync(database.DataSource, archive);
    }

    [SkippableFact]
    public async Task RunAsync_OrderedAndProofAskedFor_ProvesEveryKeyItself()
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        PopulateReport report =
            await LoadAsync(path, database.DataSource, new PopulateOptions { ForeignKeys = ForeignKeyChoice.Ordered, ProveAlways = true });
        Assert.All(report.ForeignKeys.Proofs, proof => Assert.Equal(("anti-join", 0), (proof.Proof, proof.Violations)));
        Assert.Equal(4, report.ForeignKeys.Proofs.Count);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_IndexesRebuilt_GivesTheSameTablesAndIndexes(bool replace)
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        const string Indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2";
        await LoadAsync(path, database.DataSource, new PopulateOptions());
        List<string> before = await database.RowsAsync(Indexes);
        if (!replace)
        {
            await database.ExecuteAsync(
                "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                    + "contract_tokens, protocol_contracts, protocol_wasms, sep41_balances, sep41_allowances, account_contract_tokens; "
                    + "DELETE FROM ingest_store");
        }

        PopulateReport report =
            await LoadAsync(path, database.DataSource, new PopulateOptions { IndexRebuild = IndexRebuild.Always, Replace = replace });
        Assert.Equal("recreate", report.ForeignKeys.Strategy);
        Assert.All(report.ForeignKeys.Proofs, proof => Assert.Equal("validated by PostgreSQL", proof.Proof));
        Assert.Equal(before, await database.RowsAsync(Indexes));
        await ExpectedTables.AssertEqualAsync(database.DataSource, "testnet-p25");
    }

    [SkippableFact]
    public async Task RunAsync_IndexRebuildAuto_IsChosenByRowsEmptinessAndRights()
    {
        // Incompressible enough to look like more than 100,000 rows: 100 stored bytes count as one.
        GeneratedArchive archive =
            await GenerateAsync(new GeneratorOptions
            {
                Accounts = 30_000, Trustlines = 60_000, Assets = 100,
                Compression = System.IO.Compression.CompressionLevel.NoCompression
            });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        PopulateReport first = await LoadAsync(folder, database.DataSource, new PopulateOptions());
        Assert.Equal("recreate", first.ForeignKeys.Strategy);
        Assert.Contains("Indexes are built after the load", first.ForeignKeys.Reason, StringComparison.Ordinal);
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
        Assert.Equal(
            9,
            await database.QueryAsync<long>(
                "SELECT count(*) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE contype = 'p' AND relname IN "
                    + "('native_balances','trustline_balances','trustline_assets','liquidity_pools','liquidity_pool_balances',"
                    + "'sac_balances','contract_tokens','protocol_wasms','protocol_contracts')"));

        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
        await database.ExecuteAsync(
            "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                + "contract_tokens, protocol_contracts, protocol_wasms, sep41_balances, sep41_allowances, account_contract_tokens; DELETE "
                + "FROM ingest_store");
        PopulateReport second = await LoadAsync(folder, role.DataSource, new PopulateOptions());
        Assert.Contains("does not own", second.ForeignKeys.Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_OwnerWithoutSuperuser_LoadsWithTheSameRows()
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        TestRole role = await database.CreateRoleAsync("GRANT CREATE, USAGE ON SCHEMA public TO {role}");
        PopulateReport report = await LoadAsync(path, role.DataSource, new PopulateOptions());
        Assert.Equal("recreate", report.ForeignKeys.Strategy);
        Assert.Contains("replica was passed over", report.ForeignKeys.Reason, StringComparison.Ordinal);
        await ExpectedTables.AssertEqualAsync(database.DataSource, "testnet-p25");
    }

    [SkippableFact]
    public async Task RunAsync_RoleWithTheParameterGrantOnly_UsesReplica()
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(path, database.DataSource, new PopulateOptions());
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT SET ON PARAMETER session_replication_role TO {role}");
        PopulateReport report = await LoadAsync(path, role.DataSource, new PopulateOptions { Replace = true });
        Assert.Equal("replica", report.ForeignKeys.Strategy);
        await ExpectedTables.AssertEqualAsync(database.DataSource, "testnet-p25");
    }

    [SkippableFact]
    public async Task RunAsync_RoleWithDataRightsOnly_NeedsNoRightToChangeTheSchemaWhereNothingIsPending()
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(path, database.DataSource, new PopulateOptions());
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
        PopulateReport report = await LoadAsync(path, role.DataSource, new PopulateOptions { Replace = true });
        Assert.Equal("ordered", report.ForeignKeys.Strategy);
        await ExpectedTables.AssertEqualAsync(database.DataSource, "testnet-p25");
    }

    [SkippableFact]
    public async Task RunAsync_TablesHoldRows_IsRefusedAndReplaceReplaces()
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await GenerateAsync(new GeneratorOptions { Accounts = 50, Trustlines = 100 });
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        string before = await ExpectedTables.SnapshotAsync(database.DataSource);

        PopulateException refusal =
            await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(path, database.DataSource, new PopulateOptions()));
        Assert.Equal(FailureKind.Usage, refusal.Kind);
        Assert.Contains("native_balances", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--replace", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));

        await LoadAsync(path, database.DataSource, new PopulateOptions { Replace = true });
        await ExpectedTables.AssertEqualAsync(database.DataSource, "testnet-p25");
    }

    [SkippableFact]
    public async Task RunAsync_ReplaceWhileAnotherTableRefersToATokenThatIsGone_IsRolledBack()
    {
        string path = SampleData.Require("archives/testnet-p25");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(path, database.DataSource, new PopulateOptions());
        await database.ExecuteAsync("""
            INSERT INTO contract_tokens (id, contract_id, type, decimals) VALUES ('00000000-0000-0000-0000-000000000001', 'CX', 'sep41', 7);
            INSERT INTO sep41_balances (account_id, contract_id) VALUES ('\x10', '00000000-0000-0000-0000-000000000001');
            """);
        string before = await ExpectedTables.SnapshotAsync(database.DataSource);
        await Assert.ThrowsAnyAsync<PipelineException>(() => LoadAsync(path, database.DataSource, new PopulateOptions { Replace = true }));
        Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));
    }

    [SkippableFact]
    public async Task RunAsync_CursorOfALiveDatabase_IsRefused()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 20, Trustlines = 20 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        await database.ExecuteAsync(
            "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                + "contract_tokens, protocol_contracts, protocol_wasms, sep41_balances, sep41_allowances, account_contract_tokens");
        PopulateException refusal =
            await Assert.ThrowsAsync<PopulateException>(() => LoadAsync(folder, database.DataSource, new PopulateOptions()));
        Assert.Contains("latest_ingest_ledger", refusal.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_IngestHoldsTheLock_IsRefusedWithTheHolder()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 20, Trustlines = 20, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var ingest = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "wallet-backend" }.ConnectionString);
        await ingest.OpenAsync();
        await using var take = new NpgsqlCommand($"SELECT pg_advisory_lock({StellarNetwork.Testnet.IngestLockKeys[0]})", ingest);
        await take.ExecuteNonQueryAsync();
        DatabaseException refusal =
            await Assert.ThrowsAsync<DatabaseException>(() => LoadAsync(folder, database.DataSource, new PopulateOptions()));
        Assert.Contains("wallet-backend", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
    }

    [SkippableFact]
    public async Task RunAsync_OlderGenerationOfATable_IsRefusedWithEveryDifference()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 20, Trustlines = 20 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        await database.ExecuteAsync(
            "DROP TABLE native_balances; CREATE TABLE native_balances (account_address text PRIMARY KEY, balance bigint)");
        PopulateException refusal = await Assert.ThrowsAsync<PopulateException>(
            () => LoadAsync(folder, database.DataSource, new PopulateOptions { Replace = true }));
        Assert.Equal(FailureKind.Usage, refusal.Kind);
        Assert.Contains("account_id", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("minimum_balance", refusal.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_CancelledAtManyMoments_LeavesNothingAndTheNextRunWorks()
    {
        GeneratedArchive archive = await GenerateAsync(new GeneratorOptions { Accounts = 2_000, Trustlines = 4_000, Seed = 7 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        string before = await ExpectedTables.SnapshotAsync(database.DataSource);
        int cancelled = 0;
        foreach (int milliseconds in new[] { 0, 5, 20, 40, 60, 80, 120, 160, 240 })
        {
            using var cancellation = new CancellationTokenSource(milliseconds);
            await using (NpgsqlDataSource loader =
                ConnectionSettings.Parse(
                    new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = LoaderName }.ConnectionString)
                    .CreateDataSource())
            {
                try
                {
                    await LoadAsync(folder, loader, new PopulateOptions { Replace = true, BatchRows = 50 }, cancellation.Token);
                }
                catch (OperationCanceledException)
                {
                    cancelled++;
                }
            }

            // A load that was given up may still be rolled back on the server, and holds its locks until then.
            await database.WaitForNoSessionsAsync(IsLoader);
            Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));
        }

        Assert.True(cancelled > 0);
        PopulateReport report = await LoadAsync(folder, database.DataSource, new PopulateOptions { Replace = true });
        Assert.Equal(archive.LiveEntryCount, report.Entries.Read);
        Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));
    }

    [SkippableFact]
    public async Task RunAsync_RecreateByNameWithIndexesRebuiltOverRowsThatAreReplaced_GivesTheSameTables()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 300, Trustlines = 500, Seed = 13 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        string before = await ExpectedTables.SnapshotAsync(database.DataSource);

        PopulateReport report = await LoadAsync(folder, database.DataSource,
            new PopulateOptions { Replace = true, ForeignKeys = ForeignKeyChoice.Recreate, IndexRebuild = IndexRebuild.Always });

        Assert.Equal("recreate", report.ForeignKeys.Strategy);
        Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));
    }

    [SkippableFact]
    public async Task RunAsync_BackendTerminatedInTheMiddle_IsADatabaseErrorAndLeavesNothing()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 5_000, Trustlines = 10_000, Seed = 8 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        string before = await ExpectedTables.SnapshotAsync(database.DataSource);
        foreach (int copy in new[] { 1, 6, 12 })
        {
            await using var proxy = new WireProxy(database.ConnectionString, LoaderName);
            // The load may fail before the command that ended its session has answered: its answer is waited for.
            var terminated = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            proxy.When("PGCOPY", () =>
            {
                // The COPY has begun: its session ends when a good part of its rows is on the server.
                proxy.WhenSent(proxy.BytesFromClients + 20_000, async () =>
                {
                    terminated.SetResult(await database.TerminateSessionsAsync(IsLoader));
                    return WireFate.Forward;
                });
                return Task.FromResult(WireFate.Forward);
            }, copy);
            await using NpgsqlDataSource loader = ConnectionSettings.Parse(proxy.ConnectionString).CreateDataSource();
            PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(
                () => LoadAsync(folder, loader, new PopulateOptions { Replace = true, BatchRows = 1_000 }));
            Assert.Equal(
                (FailureKind.Database, 2, 1L), (error.Kind, proxy.Hits, await terminated.Task.WaitAsync(TimeSpan.FromSeconds(30))));
            Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));
            await database.WaitForNoSessionsAsync(IsLoader);
        }

        await LoadAsync(folder, database.DataSource, new PopulateOptions { Replace = true });
        Assert.Equal(before, await ExpectedTables.SnapshotAsync(database.DataSource));
    }

    [SkippableTheory]
    [InlineData(10)]
    [InlineData(250_000)]
    public async Task RunAsync_DatabaseRefusesARow_NamesTheBucketsThatItCameFrom(int batchRows)
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 500, Trustlines = 300, Seed = 12 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(folder, database.DataSource, new PopulateOptions());
        await database.ExecuteAsync(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END'");
        await database.ExecuteAsync(
            $"CREATE TRIGGER no BEFORE INSERT ON native_balances FOR EACH ROW WHEN (NEW.balance = "
                + $"{await database.QueryAsync<long>("SELECT max(balance) FROM native_balances")}) EXECUTE FUNCTION no(); ALTER TABLE "
                + $"native_balances ENABLE ALWAYS TRIGGER no");

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => LoadAsync(folder, database.DataSource, new PopulateOptions { Replace = true, BatchRows = batchRows }));

        Assert.Equal("P0001", error.SqlState);
        Assert.Matches(@"entries from byte [\d,]+ of bucket-[0-9a-f]{64}\.xdr\.gz .* to byte [\d,]+ of bucket-", error.Message);
    }

    [SkippableFact]
    public async Task RunAsync_DamageInTheLastBucketThatIsRead_CommitsNothing()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 500, Trustlines = 1_000, Seed = 9 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string largest = Directory.EnumerateFiles(Path.Combine(folder, "bucket"), "*.gz", SearchOption.AllDirectories).MaxBy(
            file => new FileInfo(file).Length)!;
        ArchiveDamage.FlipContentByte(largest, GzipFiles.Read(largest).Length - 1);
        ArchiveException error =
            await Assert.ThrowsAsync<ArchiveException>(() => LoadAsync(folder, database.DataSource, new PopulateOptions()));
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains(Path.GetFileName(largest), error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'native_balances'"));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'ingest_store'"));
    }

    [SkippableFact]
    public async Task RunAsync_WrongNetwork_IsRefusedBeforeTheDatabaseIsTouched()
    {
        await GenerateAsync(new GeneratorOptions { Accounts = 20, Trustlines = 20 });
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        var archive =
            HistoryArchive.Open(folder, new HistoryArchiveOptions { NetworkPassphrase = StellarNetwork.Pubnet.Passphrase });
        ArchiveException error =
            await Assert.ThrowsAsync<ArchiveException>(
                () => new CheckpointPopulation(archive, database.DataSource, new PopulateOptions { Network = StellarNetwork.Pubnet },
                    NullLoggerFactory.Instance).RunAsync());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public void Validate_SeveralValuesOutOfRange_ReportsAllOfThem()
    {
        PopulateException error = Assert.Throws<PopulateException>(
            () => new PopulateOptions { BatchRows = 0, DecodeWorkers = 0, CheckpointFrequency = 1 }.Validate());
        Assert.StartsWith("3 problem(s)", error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Usage, error.Kind);
    }

    private static Task<PopulateReport> LoadAsync(
        string archive, NpgsqlDataSource database, PopulateOptions options, CancellationToken cancellationToken = default) =>
            new CheckpointPopulation(HistoryArchive.Open(archive), database, options, NullLoggerFactory.Instance).RunAsync(
                cancellationToken: cancellationToken);

    private Task<GeneratedArchive> GenerateAsync(GeneratorOptions options) => CheckpointArchiveGenerator.GenerateAsync(folder, options);
}
