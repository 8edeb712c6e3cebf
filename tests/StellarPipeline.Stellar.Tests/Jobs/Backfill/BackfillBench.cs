using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>A database and data stores of made ledgers, for backfills.</summary>
internal sealed class BackfillBench : IAsyncDisposable
{
    public const uint First = 1000;

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-backfill-").FullName;

    private BackfillBench(TestDatabase database) => Database = database;

    public static StellarNetwork Network => StellarNetwork.Testnet;

    public TestDatabase Database { get; }

    /// <summary>What every run of this bench does unless it says otherwise: small batches on two connections.</summary>
    public static BackfillOptions Options(uint? from, uint? to) => new()
    {
        Network = Network,
        From = from,
        To = to,
        BatchLedgers = 4,
        MemoryBytes = 128L << 20,
        LeaseDuration = TimeSpan.FromSeconds(30),
    };

    public static async Task<BackfillBench> CreateAsync() => new(await PostgresFixture.CreateDatabaseAsync());

    public static List<GeneratedLedger> Ledgers(int count, ulong seed = 1, int transactions = 4, uint first = First) =>
        [.. new LedgerGenerator(
            new LedgerGeneratorOptions { Seed = seed, FirstLedger = first, Transactions = transactions, MaxOperations = 3 }).Take(count)];

    /// <summary>Writes a data store, two ledgers in an object and three objects in a folder.</summary>
    public string Store(IEnumerable<GeneratedLedger> ledgers, string name = "store", int perObject = 2)
    {
        string store = Path.Combine(folder, name);
        LedgerDataStore.Write(store, Network.Passphrase, ledgers, perObject, objectsPerPartition: 3);
        return store;
    }

    /// <summary>Writes ledgers as one stream.</summary>
    public string Stream(IEnumerable<GeneratedLedger> ledgers, string name = "ledgers.xdr.zst")
    {
        string file = Path.Combine(folder, name);
        LedgerStreamFile.Write(file, ledgers);
        return file;
    }

    /// <summary>The object of a store that holds a ledger.</summary>
    public static string Object(string store, uint ledger) => Path.Combine(store, LedgerDataStore.NameOf(ledger, 2, 3));

    public Task<BackfillReport> RunAsync(string place, uint? from, uint? to, Func<BackfillOptions, BackfillOptions>? change = null,
        CancellationToken cancellationToken = default) =>
            RunAsync(Database.DataSource, place, change is null ? Options(from, to) : change(Options(from, to)), cancellationToken);

    public static async Task<BackfillReport> RunAsync(
        NpgsqlDataSource database, string place, BackfillOptions options, CancellationToken cancellationToken = default)
    {
        await using ILedgerSource source = await LedgerSources.OpenAsync(
            [place], new LedgerStoreOptions { NetworkPassphrase = options.Network.Passphrase, BudgetBytes = options.MemoryBytes / 3 },
            cancellationToken: cancellationToken);
        return await new BackfillJob(source, database, options, NullLoggerFactory.Instance).RunAsync(null, cancellationToken);
    }

    /// <summary>A checksum over every row of the history tables, without the times at which rows were written.</summary>
    public Task<string> StateAsync(string condition = "true") => StateAsync(Database, condition);

    public static async Task<string> StateAsync(TestDatabase database, string condition = "true")
    {
        var sums = new List<string>();
        foreach (CopyTable table in HistoryTables.All)
        {
            string row = "(to_jsonb(t) - 'ingested_at')::text";
            sums.AddRange(await database.RowsAsync(
                $"SELECT '{table.Name}', count(*), coalesce(md5(string_agg({row}, ' ' ORDER BY {row} COLLATE \"C\")), '') FROM "
                    + $"{table.Name} t WHERE {condition}"));
        }

        return string.Join('\n', sums);
    }

    /// <summary>What one transaction with all these ledgers makes: loaded without batches, leases or bookkeeping.</summary>
    public static async Task<string> UndisturbedAsync(IEnumerable<GeneratedLedger> ledgers)
    {
        await using TestDatabase other = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(
            other.DataSource, [HistorySchema.Migrations], new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await HistoryLoad.RunAsync(other.DataSource, Network, ledgers.Select(ledger => ledger.CloseMeta.ToArray()));
        return await StateAsync(other);
    }

    /// <summary>Makes the cursors of ingestion.</summary>
    public Task MakeCursorsAsync(uint oldest, uint latest) => Database.ExecuteAsync(
        "CREATE TABLE IF NOT EXISTS ingest_store (key varchar(255) PRIMARY KEY, value varchar(255) NOT NULL); "
        + $"INSERT INTO ingest_store VALUES ('oldest_ingest_ledger', '{oldest}'), ('latest_ingest_ledger', '{latest}')");

    public async Task<string> CursorsAsync() =>
        string.Join(' ', await Database.RowsAsync(
            "SELECT value FROM ingest_store WHERE key IN ('oldest_ingest_ledger', 'latest_ingest_ledger') ORDER BY value::int"));

    /// <summary>The batches: first and last ledger, and where they came from.</summary>
    public async Task<string> BatchesAsync() =>
        string.Join(' ', await Database.RowsAsync(
            "SELECT first_ledger || '-' || last_ledger || ' ' || origin FROM backfill_batches ORDER BY first_ledger"));

    public Task<long> CountAsync(string table, string condition = "true") =>
        Database.QueryAsync<long>($"SELECT count(*) FROM {table} WHERE {condition}");

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
