using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

/// <summary>Migrations run under session_replication_role = origin, whatever a session begins with.</summary>
public sealed class MigrationOriginTests
{
    private const string File =
        """
        -- +migrate Up
        CREATE TABLE seen AS SELECT current_setting('session_replication_role') AS role;
        -- +migrate Down
        DROP TABLE seen;
        """;

    [SkippableFact]
    public async Task UpAsync_SessionsBeginAsReplica_RunsAsOrigin()
    {
        await using TestDatabase database = await ReplicaAsync();
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "replica" }.ConnectionString);

        await Runner(source).UpAsync();

        Assert.Equal(["origin"], await database.RowsAsync("SELECT role FROM seen"));
    }

    [SkippableFact]
    public async Task UpAsync_RoleMayNotChangeIt_IsRefusedAndNothingIsMade()
    {
        await using TestDatabase database = await ReplicaAsync();
        TestRole role = await database.CreateRoleAsync("GRANT CREATE, USAGE ON SCHEMA public TO {role}");
        await using var source = NpgsqlDataSource.Create(role.ConnectionString);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => Runner(source).UpAsync());

        Assert.Contains("starts with session_replication_role = replica", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname IN ('seen', 'gorp_migrations')"));
    }

    private static MigrationRunner Runner(NpgsqlDataSource source) => new(
        source, [new MigrationSet(MigrationSource.FromTexts([("2026-01-01.0-seen.sql", File)]))], new MigrationRunnerOptions(),
        NullLogger.Instance);

    private static async Task<TestDatabase> ReplicaAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$");
        return database;
    }
}
