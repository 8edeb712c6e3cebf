using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>
/// A database whose history tables hold the rows of some ledgers, written by the program's own load, and the same rows in memory, for naive
/// answers.
/// </summary>
public sealed class HistoryBench : IAsyncDisposable
{
    private const string CompressEverySecondChunk =
        "SELECT compress_chunk(c) FROM (SELECT c, row_number() OVER (PARTITION BY t ORDER BY c::text) AS number FROM "
            + "unnest(ARRAY['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes']) AS t, "
            + "show_chunks(t::regclass) AS c) AS chunks WHERE number % 2 = 1";

    // Twenty ledgers.
    private const string ShortChunks =
        "SELECT set_chunk_time_interval(t::regclass, interval '100 seconds') FROM "
            + "unnest(ARRAY['transactions', 'transactions_accounts', 'operations', 'operations_accounts', 'state_changes']) AS t";

    private HistoryBench(TestDatabase database, Dictionary<CopyTable, List<string?[]>> rows)
    {
        Database = database;
        Queries = new StellarQueries(database.DataSource);
        Transactions =
            [.. rows[HistoryTables.Transactions].Select(
                row => new NaiveRow([NaiveRow.Time(row[6]!), long.Parse(row[0]!)], NaiveRow.Readable(HistoryTables.Transactions, row)))];
        Operations =
            [.. rows[HistoryTables.Operations].Select(
                row => new NaiveRow([NaiveRow.Time(row[6]!), long.Parse(row[0]!)], NaiveRow.Readable(HistoryTables.Operations, row)))];
        Changes =
        [
            .. rows[HistoryTables.StateChanges].Select(row => new NaiveRow(
                [NaiveRow.Time(row[0]!), long.Parse(row[1]!), long.Parse(row[2]!), long.Parse(row[3]!)],
                NaiveRow.Readable(HistoryTables.StateChanges, row))),
        ];
        TransactionsOf = rows[HistoryTables.TransactionsAccounts].ToLookup(row => Address(row[0]!), row => long.Parse(row[2]!));
        OperationsOf = rows[HistoryTables.OperationsAccounts].ToLookup(row => Address(row[0]!), row => long.Parse(row[2]!));
        Accounts =
            [.. TransactionsOf.Select(group => group.Key).Where(address => address.Length == 56 && address[0] is 'G' or 'C')
                .Order(StringComparer.Ordinal).Select(StellarAddress.Parse)];
    }

    public TestDatabase Database { get; }

    public StellarQueries Queries { get; }

    public List<NaiveRow> Transactions { get; }

    public List<NaiveRow> Operations { get; }

    public List<NaiveRow> Changes { get; }

    public ILookup<string, long> TransactionsOf { get; }

    public ILookup<string, long> OperationsOf { get; }

    /// <summary>Everybody who takes part in a transaction.</summary>
    public List<StellarAddress> Accounts { get; }

    /// <summary>How many generated ledgers the shared bench holds: PIPELINE_QUERY_LEDGERS, else few.</summary>
    public static int GeneratedLedgers =>
        int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_QUERY_LEDGERS"), CultureInfo.InvariantCulture, out int given)
            ? given
            : 60;

    /// <summary>Rows of generated ledgers of the newest protocol.</summary>
    /// <param name="ledgers">How many.</param>
    /// <param name="isHypertable">Whether in hypertables, each second chunk of them compressed.</param>
    public static Task<HistoryBench> OfGeneratedAsync(int ledgers, bool isHypertable = false)
    {
        var options =
            new LedgerGeneratorOptions { Transactions = 12, Accounts = 25, Protocol = LedgerGeneratorOptions.MaxProtocol, Seed = 18 };
        return OpenAsync(StellarNetwork.Parse(options.Passphrase),
            [.. new LedgerGenerator(options).Take(ledgers).Select(ledger => ledger.CloseMeta.ToArray())], isHypertable);
    }

    /// <summary>Makes the tables and fills them.</summary>
    internal static async Task<HistoryBench> OpenAsync(StellarNetwork network, IReadOnlyList<byte[]> ledgers, bool isHypertable = false)
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        if (isHypertable) await WalletHistory.RequireHypertablesAsync(database);
        await new MigrationRunner(database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync();
        if (isHypertable) await database.ExecuteAsync(ShortChunks);
        await HistoryLoad.RunAsync(database.DataSource, network, ledgers);
        if (isHypertable) await database.ExecuteAsync(CompressEverySecondChunk);
        await database.ExecuteAsync("ANALYZE");
        return new HistoryBench(database, Project(network, ledgers));
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private static string Address(string hexadecimal) => StellarAddress.TextOf(Convert.FromHexString(hexadecimal));

    private static Dictionary<CopyTable, List<string?[]>> Project(StellarNetwork network, IReadOnlyList<byte[]> ledgers)
    {
        using var projection = new HistoryProjection(network, new PagePool());
        var rows = HistoryTables.All.ToDictionary(table => table, _ => new List<string?[]>());
        foreach (byte[] ledger in ledgers)
        {
            projection.Project(ledger);
            var pages = new List<RowPage>();
            projection.Take(pages);
            foreach (RowPage page in pages)
            {
                rows[page.Table].AddRange(new HistoryRowText(page.Table).Read(page.Memory.Span));
                page.Dispose();
            }
        }

        return rows;
    }
}
