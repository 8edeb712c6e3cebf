using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>Sessions side by side: what a load found holds until its COMMIT, and nobody waits for the archive with it.</summary>
public sealed class LoadLockTests : IDisposable
{
    // Autovacuum may come by at any time, with locks and a transaction of its own.
    private const string StrongLocks =
        "SELECT count(*) FROM pg_locks l JOIN pg_class t ON t.oid = l.relation JOIN pg_stat_activity a USING (pid) WHERE t.relname IN "
            + "('native_balances', 'contract_tokens') AND l.mode LIKE '%Exclusive%' AND a.backend_type = 'client backend'";

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-locks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(ForeignKeyChoice.Replica)]
    [InlineData(ForeignKeyChoice.Ordered)]
    [InlineData(ForeignKeyChoice.Deferred)]
    [InlineData(ForeignKeyChoice.Recreate)]
    public async Task RunAsync_TwoFirstLoadsOfDifferentNetworksAtOnce_OneIsRefusedAndNothingMixes(ForeignKeyChoice choice)
    {
        string pubnet = await GenerateAsync("pubnet", StellarNetwork.Pubnet, seed: 1);
        string testnet = await GenerateAsync("testnet", StellarNetwork.Testnet, seed: 2);
        await using TestDatabase database = await MigratedAsync(pubnet);
        var options = new PopulateOptions { ForeignKeys = choice, IndexRebuild = IndexRebuild.Never, Migrate = false };

        // Both come to see empty tables, and wait for this session before they can lock them.
        await using NpgsqlConnection other = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction writer = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE native_balances IN ROW EXCLUSIVE MODE", other))
            await hold.ExecuteNonQueryAsync();
        Task<PopulateReport>[] loads = [LoadAsync(pubnet, database.DataSource, options), LoadAsync(testnet, database.DataSource, options)];
        while (await database.QueryAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") < 2
            && !loads.Any(load => load.IsCompleted))
        {
            await Task.Delay(20);
        }

        await writer.CommitAsync();
        Exception?[] ends = await Task.WhenAll(loads.Select(async load =>
        {
            try
            {
                await load;
                return null;
            }
            catch (PipelineException error)
            {
                return (Exception?)error;
            }
        }));

        Assert.True(
            Assert.Single(ends, end => end is not null) is PopulateException, string.Join("; ", ends.Select(end => end?.ToString())));
        var refusal = (PopulateException)ends.Single(end => end is not null)!;
        Assert.Equal(FailureKind.Usage, refusal.Kind);

        // Rows where it had the locks by then, the cursor where it still looked: both are of the load that was first.
        Assert.Matches("already hold rows|cursor latest_ingest_ledger is set to", refusal.Message);
        PopulateReport report = await loads[ends[0] is null ? 0 : 1];
        Assert.Equal(report.Tables.Single(table => table.Name == "native_balances").Rows,
            await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
    }

    [SkippableFact]
    public async Task RunAsync_KeyIsAddedWhileTheLoadWaitsForRows_TheOtherSessionWaits()
    {
        string archive = await GenerateAsync("one", StellarNetwork.Testnet, seed: 3);
        await using TestDatabase database = await MigratedAsync(archive);
        await using var proxy = new WireProxy(database.ConnectionString);
        string state = "";
        proxy.When("PGCOPY", async () =>
        {
            try
            {
                await database.ExecuteAsync(
                    "SET lock_timeout = '50ms'; ALTER TABLE liquidity_pool_balances ADD CONSTRAINT late FOREIGN KEY (pool_id) REFERENCES "
                        + "liquidity_pools");
            }
            catch (PostgresException error)
            {
                state = error.SqlState;
            }

            return WireFate.Forward;
        });
        await using var source = NpgsqlDataSource.Create(proxy.ConnectionString);

        await LoadAsync(archive, source, new PopulateOptions { ForeignKeys = ForeignKeyChoice.Replica, Migrate = false });

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, state);
    }

    [SkippableTheory]
    [InlineData(true, IndexRebuild.Never)]
    [InlineData(true, IndexRebuild.Always)]
    [InlineData(false, IndexRebuild.Always)]
    public async Task RunAsync_ArchiveIsFarAwayAndSlow_NobodyWaitsForItWithLocks(bool replace, IndexRebuild rebuild)
    {
        string archive = await GenerateAsync("far", StellarNetwork.Testnet, seed: 4);
        await using TestDatabase database = await MigratedAsync(archive);
        var far = new GatedTransport(HistoryArchive.Open(archive).Transport);
        var cache = BucketCache.Open(Path.Combine(folder, "cache"));
        await using var transport = new CachingTransport(far, cache);
        Task<PopulateReport> load = new CheckpointPopulation(
            new HistoryArchive(transport), database.DataSource, new PopulateOptions { Replace = replace, IndexRebuild = rebuild },
            NullLoggerFactory.Instance).RunAsync();
        await Task.WhenAny(far.Asked, load);

        Assert.Equal(0, await database.QueryAsync<long>(StrongLocks));
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
                    + "backend_type = 'client backend' AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL OR state LIKE "
                    + "'idle in%')"));
        far.Open();
        PopulateReport report = await load;

        Assert.Equal(report.Tables.Single(table => table.Name == "native_balances").Rows,
            await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
        Assert.Contains(report.Phases, phase => phase.Name == "fetch");
    }

    [SkippableFact]
    public async Task RunAsync_DatabaseStandsInTheWay_IsRefusedBeforeAnyBucketIsFetched()
    {
        string archive = await GenerateAsync("refused", StellarNetwork.Testnet, seed: 5);
        await using TestDatabase database = await MigratedAsync(archive);
        await database.ExecuteAsync(
            "INSERT INTO native_balances (account_id) VALUES ('\\x01'); CREATE TABLE mine (id bytea REFERENCES native_balances ON DELETE "
                + "CASCADE); INSERT INTO mine VALUES ('\\x01')");
        foreach (bool replace in new[] { false, true })
        {
            var far = new GatedTransport(HistoryArchive.Open(archive).Transport);
            await using var transport = new CachingTransport(far, BucketCache.Open(Path.Combine(folder, "cache")));
            PopulateException error = await Assert.ThrowsAsync<PopulateException>(() => new CheckpointPopulation(
                new HistoryArchive(transport), database.DataSource, new PopulateOptions { Replace = replace },
                NullLoggerFactory.Instance).RunAsync());
            Assert.Equal((FailureKind.Usage, false), (error.Kind, far.Asked.IsCompleted));
            Assert.Contains(replace ? "mine" : "native_balances", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM mine"));
    }

    private async Task<string> GenerateAsync(string name, StellarNetwork network, ulong seed)
    {
        string archive = Path.Combine(folder, name);
        await CheckpointArchiveGenerator.GenerateAsync(
            archive, new GeneratorOptions { Accounts = 30, Trustlines = 40, Seed = seed, Passphrase = network.Passphrase });
        return archive;
    }

    private static async Task<TestDatabase> MigratedAsync(string archive)
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await LoadAsync(archive, database.DataSource, new PopulateOptions());
        await database.ExecuteAsync(
            "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                + "contract_tokens, protocol_contracts, protocol_wasms CASCADE; DELETE FROM ingest_store");
        return database;
    }

    // As the program loads: a dead-lock between the locks of one load and the look of another ends the attempt, not the load.
    private static Task<PopulateReport> LoadAsync(string archive, NpgsqlDataSource database, PopulateOptions options) =>
        new LoadAttempts(null, NullLoggerFactory.Instance).RunAsync(
            _ => new CheckpointPopulation(HistoryArchive.Open(archive), database, options, NullLoggerFactory.Instance));
}
