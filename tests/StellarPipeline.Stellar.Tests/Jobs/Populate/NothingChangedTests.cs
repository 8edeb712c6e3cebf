using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>A load that is refused or fails leaves a database as it was, its catalogue and the pending migrations included.</summary>
public sealed class NothingChangedTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-nothing-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task RunAsync_TablesHoldRowsAndMigrationsArePending_IsARefusalThatChangesNothing()
    {
        await using TestDatabase database = await OlderDatabaseAsync();
        await database.ExecuteAsync("INSERT INTO native_balances (account_id) VALUES ('\\x01')");
        PipelineException error = await AssertNothingChangesAsync(database, () => LoadAsync(database.DataSource, new PopulateOptions()));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Nothing was changed", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_CursorIsSetAndMigrationsArePending_IsARefusalThatChangesNothing()
    {
        await using TestDatabase database = await OlderDatabaseAsync();
        await database.ExecuteAsync("INSERT INTO ingest_store VALUES ('latest_ingest_ledger', '77')");
        PipelineException error = await AssertNothingChangesAsync(database, () => LoadAsync(database.DataSource, new PopulateOptions()));
        Assert.Equal(FailureKind.Usage, error.Kind);
    }

    [SkippableFact]
    public async Task RunAsync_LockOfIngestionIsHeld_IsARefusalThatChangesNothing()
    {
        await using TestDatabase database = await OlderDatabaseAsync();
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        foreach (long key in StellarNetwork.Testnet.IngestLockKeys)
        {
            await using var command =
                new NpgsqlCommand("SELECT pg_advisory_lock($1)", holder) { Parameters = { new NpgsqlParameter { Value = key } } };
            await command.ExecuteNonQueryAsync();
        }

        await AssertNothingChangesAsync(database, () => LoadAsync(database.DataSource, new PopulateOptions { Replace = true }));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE native_balances DROP COLUMN num_subentries", "native_balances.num_subentries is missing")]
    [InlineData("ALTER TABLE sac_balances ADD COLUMN must int NOT NULL", "must not be NULL and has no default")]
    public async Task RunAsync_ATableDiffersAndMigrationsArePending_IsARefusalThatChangesNothing(string sql, string named)
    {
        await using TestDatabase database = await OlderDatabaseAsync();
        await database.ExecuteAsync(sql);
        PipelineException error = await AssertNothingChangesAsync(database, () => LoadAsync(database.DataSource, new PopulateOptions()));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_StrategyIsNotPossible_IsARefusalThatChangesNothing()
    {
        await using TestDatabase database = await OlderDatabaseAsync();
        TestRole role = await database.CreateRoleAsync(
            "GRANT CREATE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE, REFERENCES ON ALL TABLES IN SCHEMA public TO {role}");
        PipelineException error = await AssertNothingChangesAsync(
            database, () => LoadAsync(role.DataSource, new PopulateOptions { ForeignKeys = ForeignKeyChoice.Replica }));
        Assert.Equal(FailureKind.Usage, error.Kind);
    }

    [SkippableFact]
    public async Task RunAsync_ArchiveIsDamagedAndTheDatabaseEmpty_LeavesNoTable()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await GenerateAsync();
        string bucket = Directory.EnumerateFiles(Path.Combine(folder, "bucket"), "*.gz", SearchOption.AllDirectories).MaxBy(
            path => new FileInfo(path).Length)!;
        byte[] bytes = await File.ReadAllBytesAsync(bucket);
        bytes[^3] ^= 1;
        await File.WriteAllBytesAsync(bucket, bytes);
        await AssertNothingChangesAsync(database, () => LoadAsync(database.DataSource, new PopulateOptions()));
    }

    [SkippableFact]
    public async Task RunAsync_OlderEmptyDatabase_IsMigratedAndLoaded()
    {
        await using TestDatabase database = await OlderDatabaseAsync();
        await LoadAsync(database.DataSource, new PopulateOptions());
        Assert.Equal(20, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
        Assert.All(await Runner(database).StatusAsync(), status => Assert.True(status.IsApplied));
    }

    private static async Task<PipelineException> AssertNothingChangesAsync(TestDatabase database, Func<Task> load)
    {
        List<string> before = await SnapshotAsync(database);
        PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(load);
        Assert.Equal(before, await SnapshotAsync(database));
        return error;
    }

    /// <summary>Every object of the schema and every row, by what PostgreSQL says of them.</summary>
    private static async Task<List<string>> SnapshotAsync(TestDatabase database)
    {
        List<string> snapshot = await database.RowsAsync(
            """
            SELECT pg_describe_object('pg_class'::regclass, oid, 0) AS what FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT pg_describe_object('pg_proc'::regclass, oid, 0) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT pg_describe_object('pg_constraint'::regclass, oid, 0) FROM pg_constraint WHERE connamespace =
              'public'::regnamespace
            UNION ALL SELECT pg_describe_object('pg_trigger'::regclass, oid, 0) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1
            """);
        foreach (string table in await database.RowsAsync(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"))
        {
            snapshot.AddRange(await database.RowsAsync($"SELECT '{table}', t::text FROM {table} t ORDER BY 2"));
        }

        return snapshot;
    }

    /// <summary>A database that was migrated by an older program: the last files of both sets are pending.</summary>
    private async Task<TestDatabase> OlderDatabaseAsync()
    {
        await GenerateAsync();
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database).UpAsync(10);
        await database.ExecuteAsync("CREATE TABLE IF NOT EXISTS gorp_migrations (id text NOT NULL PRIMARY KEY, applied_at timestamptz)");
        return database;
    }

    private Task GenerateAsync() =>
        CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 20, Trustlines = 20, Seed = 3, Passphrase = StellarNetwork.Testnet.Passphrase });

    private static MigrationRunner Runner(TestDatabase database) =>
        new(database.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance);

    private Task<PopulateReport> LoadAsync(NpgsqlDataSource database, PopulateOptions options) =>
        new CheckpointPopulation(HistoryArchive.Open(folder), database, options, NullLoggerFactory.Instance).RunAsync();
}
