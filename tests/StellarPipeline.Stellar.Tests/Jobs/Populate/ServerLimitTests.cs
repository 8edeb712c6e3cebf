using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// What an administrator sets for all sessions must not kill a load that takes longer; what a load waits for is bounded and named.
/// </summary>
public sealed class ServerLimitTests(FaultBench bench) : IClassFixture<FaultBench>
{
    // So long that nothing but the sleeps comes near it on a busy machine. transaction_timeout is longer, as statement_timeout does not
    // hold where it is not the shorter one.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Longer = Limit + TimeSpan.FromMilliseconds(300);

    [SkippableFact]
    public async Task RunAsync_TimeoutsOfTheDatabaseShorterThanTheLoad_DoNotEndIt()
    {
        _ = bench.Database; // Skips where there is no server.
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await bench.LoadAsync(database.ConnectionString, new PopulateOptions());

        // Every COPY into this table is one statement that outlasts the limits; the slow archive leaves the session idle in its transaction
        // for longer, too.
        await database.ExecuteAsync($"""
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({Longer.TotalMilliseconds} / 1000.0);
              RETURN NULL; END $$;
            CREATE TRIGGER wait BEFORE INSERT ON native_balances FOR EACH STATEMENT EXECUTE FUNCTION wait();
            """);
        List<string> limits =
            await database.RowsAsync(
                "SELECT name FROM pg_settings WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout', "
                    + "'idle_session_timeout', 'transaction_timeout')");
        foreach (string limit in limits)
        {
            await database.ExecuteAsync(
                $"ALTER DATABASE {database.Name} SET {limit} = '{(limit == "transaction_timeout" ? 2 : 1) * Limit.TotalSeconds}s'");
        }

        // The limits do hold for everybody else in this database.
        await using (var other = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "other" }.ConnectionString))
        {
            await using NpgsqlCommand sleep = other.CreateCommand("SELECT pg_sleep(30)");
            Assert.Equal(PostgresErrorCodes.QueryCanceled,
                (await Assert.ThrowsAsync<PostgresException>(() => sleep.ExecuteNonQueryAsync())).SqlState);
        }

        var transport = new SlowTransport(HistoryArchive.Open(bench.Archive).Transport, Longer);
        PopulateReport report = await bench.LoadAsync(database.ConnectionString,
            new PopulateOptions { Replace = true, ForeignKeys = ForeignKeyChoice.Ordered }, transport: transport);
        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(database.DataSource));
        Assert.Equal("0", report.Server.Settings["statement_timeout"]);
        Assert.Equal("0", report.Server.Settings["idle_in_transaction_session_timeout"]);
        Assert.Equal("1min", report.Server.Settings["lock_timeout"]);
        Assert.True(
            report.Tables.Single(table => table.Name == "native_balances").Seconds > Limit.TotalSeconds, "The COPY outlasted the limit.");
    }

    [SkippableFact]
    public async Task RunAsync_TableLockedForLongerThanTheLockTimeout_SaysSoAndDoesNotTryAgain()
    {
        await using NpgsqlConnection holder = await bench.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await holder.BeginTransactionAsync();
        await using (var take = new NpgsqlCommand("LOCK TABLE native_balances IN ACCESS EXCLUSIVE MODE", holder))
            await take.ExecuteNonQueryAsync();
        int attempts = 0;
        NpgsqlDataSource source = ConnectionSettings.Parse(bench.Direct).CreateDataSource();
        var tries = new LoadAttempts(
            new LoadAttemptOptions { FirstDelay = TimeSpan.Zero }, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var options = new PopulateOptions { Replace = true, LockTimeout = TimeSpan.FromMilliseconds(200) };
        PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(() => tries.RunAsync(number =>
        {
            attempts = number;
            return new CheckpointPopulation(
                HistoryArchive.Open(bench.Archive), source, options, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        }).WaitAsync(FaultBench.Bound));
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains("55P03", error.Message, StringComparison.Ordinal);
        Assert.Contains("pg_locks", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, attempts);
        await source.DisposeAsync();
        await transaction.RollbackAsync();
        await bench.AssertNothingRemainsAndTheNextLoadWorksAsync();
    }

    [SkippableTheory]
    [InlineData("LOCK TABLE", false, "prepare")]
    [InlineData("COPY \"public\".\"native_balances\"", false, "copy native_balances")]
    [InlineData("COPY \"public\".\"trustline_assets\"", false, "copy trustline_assets")]
    [InlineData("ANALYZE", false, "prove foreign keys")]
    [InlineData("CREATE UNIQUE INDEX", true, "build indexes, prove foreign keys")]
    [InlineData("COMMIT\0", false, "commit")]
    public async Task RunAsync_SeenFromTheServer_NamesItsStage(string moment, bool rebuilds, string stage)
    {
        List<string> seen = [];
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);

        // Every index is built once on the empty table, and that is taken back: whether the server lets it be built is known before the
        // rows come.
        string[] tables = [.. WalletTables.All.Select(table => table.Name)];
        long trials =
            rebuilds
                ? await bench.Database.QueryAsync<long>(
                    $"SELECT count(*) FROM pg_index WHERE indisunique AND indrelid::regclass::text IN ('{string.Join("', '", tables)}')")
                : 0;
        proxy.When(moment, async () =>
        {
            seen =
                await bench.Database.RowsAsync(
                    $"SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE "
                        + $"'{FaultBench.LoaderName} load:%'");
            return WireFate.Forward;
        }, (int)trials + 1);

        // Sessions of the tests before may not have ended yet.
        await bench.AssertNoSessionsAsync();
        await bench.LoadAsync(proxy.ConnectionString,
            new PopulateOptions { Replace = true, IndexRebuild = rebuilds ? IndexRebuild.Always : IndexRebuild.Never });
        Assert.Equal([$"{FaultBench.LoaderName} load: {stage}"], seen);
    }

    [SkippableFact]
    public async Task RunAsync_TwoLoadsAtOnce_OneWinsAndTheOtherNamesIt()
    {
        await using var proxy = new WireProxy(bench.Database.ConnectionString, FaultBench.LoaderName);
        DatabaseException? refusal = null;
        proxy.When("ANALYZE", async () =>
        {
            refusal = await Assert.ThrowsAsync<DatabaseException>(
                () => bench.LoadAsync(bench.Direct, new PopulateOptions { Replace = true }, attempts: 3));
            return WireFate.Forward;
        });
        await bench.LoadAsync(proxy.ConnectionString, new PopulateOptions { Replace = true });
        Assert.Contains($"application '{FaultBench.LoaderName} load: prove foreign keys'", refusal!.Message, StringComparison.Ordinal);
        Assert.Contains("since 20", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Stop that session or wait until it ends, then run again", refusal.Message, StringComparison.Ordinal);
        await bench.AssertNothingRemainsAndTheNextLoadWorksAsync();
    }

    [SkippableFact]
    public async Task RunAsync_SchemaWithQuotesInItsName_LoadsIntoIt()
    {
        _ = bench.Database; // Skips where there is no server.
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""CREATE SCHEMA "it's ""my"" Schema; --" """);
        string inside =
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { SearchPath = "\"it's \"\"my\"\" Schema; --\"" }.ConnectionString;
        await bench.LoadAsync(inside, new PopulateOptions());
        await bench.LoadAsync(inside, new PopulateOptions { Replace = true, IndexRebuild = IndexRebuild.Always });
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        await using var source = NpgsqlDataSource.Create(inside);
        Assert.Equal(bench.Undisturbed, await ExpectedTables.SnapshotAsync(source));
    }
}
