using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
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
        await new MigrationRunner(database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
            NullLogger<MigrationRunner>.Instance).UpAsync();
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
        CancellationToken stopping = default, CancellationToken cancellationToken = default)
    {
        await using (source)
        {
            return await new LiveIngestion(source, Database.DataSource, network, options ?? Options,
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

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
