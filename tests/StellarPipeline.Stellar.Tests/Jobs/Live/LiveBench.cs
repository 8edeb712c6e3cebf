using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>A database with all tables, and runs of live ingestion into it.</summary>
internal sealed class LiveBench : IAsyncDisposable
{
    private const uint LastFragment = 0x80000000;

    private LiveBench(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public static async Task<LiveBench> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(
            database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations, LiveSchema.Migrations],
            new MigrationRunnerOptions(), NullLogger<MigrationRunner>.Instance).UpAsync();
        return new LiveBench(database);
    }

    /// <summary>Ledgers as a node streams them.</summary>
    public static LedgerStreamSource Source(IEnumerable<byte[]> ledgers)
    {
        using var frames = new MemoryStream();
        Span<byte> head = stackalloc byte[sizeof(uint)];
        foreach (byte[] ledger in ledgers)
        {
            BinaryPrimitives.WriteUInt32BigEndian(head, (uint)ledger.Length | LastFragment);
            frames.Write(head);
            frames.Write(ledger);
        }

        byte[] bytes = frames.ToArray();
        return new LedgerStreamSource(
            [new LedgerStreamPart("the ledgers of the test", _ => ValueTask.FromResult<Stream>(new MemoryStream(bytes)))]);
    }

    public static uint NumberOf(byte[] ledger, StellarNetwork network) => new LedgerReader(network.Id).Read(ledger).Sequence;

    /// <summary>Options with short waits.</summary>
    public static LiveOptions Options { get; } =
        new() { Backoff = Backoff.Steady(TimeSpan.FromMilliseconds(20)), Attempts = 200, Workers = 2 };

    public Task SetCursorAsync(uint ledger) => new IngestStore(Database.DataSource, "public").SetAsync(IngestStore.Latest, ledger);

    public Task<uint?> CursorAsync() => new IngestStore(Database.DataSource, "public").GetAsync(IngestStore.Latest);

    public async Task<LiveReport> RunAsync(
        ILedgerSource source, StellarNetwork network, LiveOptions? options = null, ILoggerFactory? loggers = null,
        NpgsqlDataSource? through = null, CancellationToken stopping = default, CancellationToken cancellationToken = default)
    {
        await using (source)
        {
            return await new LiveIngestion(source, LivePool.Of(through ?? Database.DataSource), network, options ?? Options,
                loggers ?? NullLoggerFactory.Instance).RunAsync(stopping, cancellationToken);
        }
    }

    /// <summary>Every row of every table but what the server's clock decides, sorted.</summary>
    public async Task<List<string>> DumpAsync()
    {
        var rows = new List<string>();
        foreach (CopyTable table in WalletTables.All.Concat(HistoryTables.All).Append(WalletTables.IngestStore))
        {
            rows.AddRange(await Database.RowsAsync(
                $"SELECT '{table.Name} ' || (to_jsonb(t) - 'ingested_at' - 'created_at' - 'updated_at')::text FROM {table.QualifiedName} "
                    + $"t ORDER BY 1"));
        }

        return rows;
    }

    /// <summary>
    /// Ends sessions of others in this database at random moments, and looks each time that no reader sees a ledger's rows before its
    /// cursor.
    /// </summary>
    public async Task KillSessionsAsync(Random random, int mostPauseMilliseconds, CancellationToken cancellationToken)
    {
        await using var own = NpgsqlDataSource.Create(Database.ConnectionString + ";Pooling=false");
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(random.Next(5, mostPauseMilliseconds), CancellationToken.None);
            await AssertNothingAheadAsync(own);
            await using NpgsqlCommand kill = own.CreateCommand(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                    + "pg_backend_pid() AND backend_type = 'client backend' AND random() < 0.4");
            await kill.ExecuteScalarAsync(CancellationToken.None);
        }
    }

    /// <summary>In one look: no row of history or of balances is of a ledger behind the cursor.</summary>
    public Task AssertNothingAheadAsync() => AssertNothingAheadAsync(Database.DataSource);

    private static async Task AssertNothingAheadAsync(NpgsqlDataSource database)
    {
        const string Ahead = """
            SELECT (SELECT count(*) FROM transactions WHERE ledger_number > latest)
              + (SELECT count(*) FROM native_balances WHERE last_modified_ledger > latest)
              + (SELECT count(*) FROM sac_balances WHERE last_modified_ledger > latest)
            FROM (SELECT value::int8 AS latest FROM ingest_store WHERE key = 'latest_ingest_ledger') store
            """;
        await using NpgsqlCommand look = database.CreateCommand(Ahead);
        Assert.Equal(0L, await look.ExecuteScalarAsync(CancellationToken.None));
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
