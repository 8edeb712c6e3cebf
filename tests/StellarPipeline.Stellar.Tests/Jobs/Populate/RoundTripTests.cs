using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>
/// How often a load asks the server and waits: each round trip costs a small load a third of a millisecond on the same machine, and the
/// whole way to a server elsewhere.
/// </summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-round-trips-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(IndexRebuild.Never, 285, 165)]
    [InlineData(IndexRebuild.Always, 285, 190)]
    public async Task RunAsync_FewRows_NeedsFewRoundTrips(IndexRebuild rebuild, int intoNothing, int intoEmptyTables)
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 50, Trustlines = 100, Seed = 5 });

        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        int first = await CountAsync(database, rebuild);
        await database.ExecuteAsync(
            "TRUNCATE native_balances, trustline_balances, trustline_assets, liquidity_pools, liquidity_pool_balances, sac_balances, "
                + "contract_tokens, protocol_contracts, protocol_wasms, ingest_store CASCADE");
        int second = await CountAsync(database, rebuild);

        Assert.True(
            first > 50 && first <= intoNothing && second > 50 && second <= intoEmptyTables,
            $"{first} round trips to create and load the tables, {second} to load them.");
    }

    private async Task<int> CountAsync(TestDatabase database, IndexRebuild rebuild)
    {
        using var counter = new CommandCounter();
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        await using NpgsqlDataSource connections = builder.UseLoggerFactory(counter).Build();
        var options = new PopulateOptions { IndexRebuild = rebuild };
        await new CheckpointPopulation(HistoryArchive.Open(folder), connections, options, NullLoggerFactory.Instance).RunAsync();
        return counter.Count;
    }

    /// <summary>Counts the commands and batches of one data source; a batch is one round trip, however many statements it has.</summary>
    private sealed class CommandCounter : ILoggerFactory, ILogger
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public ILogger CreateLogger(string categoryName) => categoryName == "Npgsql.Command" ? this : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name is { } name && name.Contains("ExecutionCompleted", StringComparison.Ordinal)) Interlocked.Increment(ref count);
        }
    }
}
