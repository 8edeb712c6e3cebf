using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

/// <summary>Migrations through a pooler in transaction mode, which gives a session to somebody else after each transaction.</summary>
public sealed class MigrationPoolerTests
{
    private const string Locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";

    [SkippableFact]
    public async Task UpAndDown_ThroughThePooler_LeaveNoLockAndTheNextRunDirectlyWorks()
    {
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        await using NpgsqlDataSource pooled = ConnectionSettings.Parse(pooler.Address).CreateDataSource();
        await using var direct = NpgsqlDataSource.Create(pooler.Direct);

        // Sessions of others, so that the pooler has several to give.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Runner(pooled, SchemaFolder.Both).StatusAsync()));
        IReadOnlyList<string>[] runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Runner(pooled, SchemaFolder.Both).UpAsync()));
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Both).Order(StringComparer.Ordinal),
            runs.SelectMany(names => names).Order(StringComparer.Ordinal));
        Assert.Equal(0, await pooler.QueryAsync<long>(Locks));
        Assert.Equal(2, (await Runner(direct, SchemaFolder.Both).DownAsync(2)).Count);
        Assert.Equal(2, (await Runner(pooled, SchemaFolder.Both).UpAsync()).Count);
        Assert.Equal(0, await pooler.QueryAsync<long>(Locks));
    }

    [SkippableFact]
    public async Task Up_FileThatSaysNotransaction_IsARefusalThatSaysToConnectToTheServer()
    {
        await using PgBouncer pooler = await PgBouncer.StartAsync();
        await using NpgsqlDataSource pooled = ConnectionSettings.Parse(pooler.Address).CreateDataSource();
        var set = new MigrationSet(MigrationSource.FromTexts([
            ("1.sql", "-- +migrate Up\nCREATE TABLE first (id int);\n"),
            ("2.sql", "-- +migrate Up notransaction\nCREATE INDEX CONCURRENTLY i ON first (id);\n")]));
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => Runner(pooled, set).UpAsync());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Connect to the server itself", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await pooler.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'first'"));
        Assert.Equal(0, await pooler.QueryAsync<long>(Locks));
    }

    private static MigrationRunner Runner(NpgsqlDataSource source, params MigrationSet[] sets) =>
        new(source, sets, new MigrationRunnerOptions(), NullLogger.Instance);
}
