using Microsoft.Extensions.Logging;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>Look-ups, walks, choices of columns, and what is told of queries.</summary>
public sealed class HistoryQueryTests(SharedBench shared) : IClassFixture<SharedBench>
{
    [SkippableFact]
    public async Task GetByHashAsync_EveryHash_IsItsTransaction()
    {
        HistoryBench bench = await shared.OpenAsync();
        foreach (NaiveRow row in bench.Transactions.Take(40))
        {
            TransactionRow? found =
                await bench.Queries.Transactions.GetByHashAsync(row[HistoryTables.Transactions, "hash"]!.ToUpperInvariant());
            Assert.Equal(row.Line, NaiveRow.LineOf(found!));
        }

        Assert.Null(await bench.Queries.Transactions.GetByHashAsync(new string('a', 64)));
        QueryInputException error = await Assert.ThrowsAsync<QueryInputException>(() => bench.Queries.Transactions.GetByHashAsync("abc"));
        Assert.Contains("64 hexadecimal digits", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GetByIdsAsync_KnownAndUnknownKeys_AreTheRowsOfTheKnownOnes(bool hasTimes)
    {
        HistoryBench bench = await shared.OpenAsync();
        EventKey Key(NaiveRow row) => new(row.Key[1], hasTimes ? NaiveRow.Time(row.Key[0]) : null);
        EventKey unknown = new(9, hasTimes ? DateTime.UnixEpoch : null);

        IReadOnlyDictionary<long, TransactionRow> transactions =
            await bench.Queries.Transactions.GetByIdsAsync([.. bench.Transactions.Select(Key), unknown]);
        Assert.Equal(bench.Transactions.ToDictionary(row => row.Key[1], row => row.Line),
            transactions.ToDictionary(pair => pair.Key, pair => NaiveRow.LineOf(pair.Value)));

        transactions = await bench.Queries.Transactions.GetByOperationIdsAsync([.. bench.Operations.Select(Key), unknown]);
        var byId = bench.Transactions.ToDictionary(row => row.Key[1], row => row.Line);
        Assert.Equal(
            bench.Operations.ToDictionary(row => row.Key[1], row => byId[Toid.TransactionOf(row.Key[1])]),
            transactions.ToDictionary(pair => pair.Key, pair => NaiveRow.LineOf(pair.Value)));

        foreach (NaiveRow row in bench.Operations.Take(20))
            Assert.Equal(row.Line, NaiveRow.LineOf((await bench.Queries.Operations.GetByIdAsync(Key(row)))!));
        Assert.Null(await bench.Queries.Operations.GetByIdAsync(unknown));
        Assert.Empty(await bench.Queries.Transactions.GetByIdsAsync([]));
    }

    [SkippableFact]
    public async Task GetByStateChangesAsync_EveryChange_IsItsTransactionAndOperation()
    {
        HistoryBench bench = await shared.OpenAsync();
        StateChangeCursor[] changes =
            [.. bench.Changes.Select(row => StateChangeCursor.FromKey(row.Key)), new(DateTime.UnixEpoch, 1, 2, 3)];
        var transactions = bench.Transactions.ToDictionary(row => row.Key[1], row => row.Line);
        var operations = bench.Operations.ToDictionary(row => row.Key[1], row => row.Line);

        IReadOnlyDictionary<StateChangeCursor, TransactionRow> ofTransactions =
            await bench.Queries.Transactions.GetByStateChangesAsync(changes);
        IReadOnlyDictionary<StateChangeCursor, OperationRow> ofOperations = await bench.Queries.Operations.GetByStateChangesAsync(changes);

        Assert.Equal(changes[..^1].Distinct().ToDictionary(change => change, change => transactions[change.ToId]),
            ofTransactions.ToDictionary(pair => pair.Key, pair => NaiveRow.LineOf(pair.Value)));
        Assert.Equal(
            changes[..^1].Where(change => change.OperationId != 0).Distinct().ToDictionary(
                change => change, change => operations[change.OperationId]),
            ofOperations.ToDictionary(pair => pair.Key, pair => NaiveRow.LineOf(pair.Value)));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetByLedgerAsync_EveryLedger_IsItsTransactionsPageByPage(bool isHypertable)
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(25, isHypertable);
        foreach (IGrouping<uint, NaiveRow> ledger in bench.Transactions.GroupBy(row => Toid.LedgerOf(row.Key[1])))
        {
            foreach (SortOrder order in new[] { SortOrder.Ascending, SortOrder.Descending })
            {
                await PageWalk.GivesEveryRowOnceAsync(
                    page => bench.Queries.Transactions.GetByLedgerAsync(ledger.Key, page), ledger, NaiveRow.LineOf,
                    new PageRequest<EventCursor> { Limit = 5, Order = order });
            }
        }

        Assert.Empty((await bench.Queries.Transactions.GetByLedgerAsync(1, new PageRequest<EventCursor>())).Rows);
        Assert.Empty((await bench.Queries.Transactions.GetByLedgerAsync(int.MaxValue, new PageRequest<EventCursor>())).Rows);
        Assert.Empty((await bench.Queries.Transactions.GetByLedgerAsync(uint.MaxValue, new PageRequest<EventCursor>())).Rows);
    }

    [SkippableTheory]
    [InlineData(SortOrder.Ascending)]
    [InlineData(SortOrder.Descending)]
    public async Task GetByAccountAsync_RowsDroppedBeforeTheirLinks_StillFillsPages(SortOrder order)
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(30);
        DateTime[] times = [.. bench.Transactions.Select(row => NaiveRow.Time(row.Key[0])).Distinct().Order()];
        await bench.Database.ExecuteAsync(
            $"DELETE FROM transactions WHERE ledger_created_at < '{times[15]:O}'; DELETE FROM operations WHERE ledger_created_at < "
                + $"'{times[15]:O}' OR ledger_created_at = '{times[20]:O}'");
        StellarAddress account = bench.Accounts.MaxBy(one => bench.TransactionsOf[one.Text].Count())!;
        HashSet<long> ids = [.. bench.TransactionsOf[account.Text], .. bench.OperationsOf[account.Text]];
        await PageWalk.GivesEveryRowOnceAsync(
            page => bench.Queries.Transactions.GetByAccountAsync(account, page),
            bench.Transactions.Where(row => ids.Contains(row.Key[1]) && NaiveRow.Time(row.Key[0]) >= times[15]), NaiveRow.LineOf,
            new PageRequest<EventCursor> { Limit = 3, Order = order });
        await PageWalk.GivesEveryRowOnceAsync(
            page => bench.Queries.Operations.GetByAccountAsync(account, page),
            bench.Operations.Where(
                row => ids.Contains(row.Key[1]) && NaiveRow.Time(row.Key[0]) >= times[15] && NaiveRow.Time(row.Key[0]) != times[20]),
            NaiveRow.LineOf, new PageRequest<EventCursor> { Limit = 3, Order = order });
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accounts_OfTransactionsAndOperations_AreThoseThatTakePart(bool hasTimes)
    {
        HistoryBench bench = await shared.OpenAsync();
        EventKey Key(NaiveRow row) => new(row.Key[1], hasTimes ? NaiveRow.Time(row.Key[0]) : null);
        Assert.Equal(ByEvent(bench.TransactionsOf), Lines(await bench.Queries.Accounts.GetByToIdsAsync(bench.Transactions.Select(Key))));
        Assert.Equal(ByEvent(bench.OperationsOf), Lines(await bench.Queries.Accounts.GetByOperationIdsAsync(bench.Operations.Select(Key))));
    }

    [SkippableFact]
    public async Task Columns_SomeOfThem_AreReadAndTheKeyAlways()
    {
        HistoryBench bench = await shared.OpenAsync();
        var page = new PageRequest<EventCursor> { Limit = 3 };
        OperationRow operation = (await bench.Queries.Operations.GetAllAsync(page, OperationColumns.ResultCode)).Rows[0];
        Assert.True(operation.Id > 0 && operation.LedgerCreatedAt > DateTime.UnixEpoch && operation.ResultCode is not null);
        Assert.True(operation is { OperationType: null, OperationXdr: null, Successful: null, LedgerNumber: null, IngestedAt: null });
        StateChangeRow change =
            (await bench.Queries.StateChanges.GetAllAsync(new PageRequest<StateChangeCursor>(), StateChangeColumns.None)).Rows[0];
        Assert.True(change is { ToId: > 0, StateChangeId: > 0, Category: null, Account: null });
        Assert.NotNull((await bench.Queries.Transactions.GetAllAsync(page)).Rows[0].IngestedAt);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public async Task Limit_IsNone_IsRefusedBeforeTheServerIsAsked(int limit)
    {
        HistoryBench bench = await shared.OpenAsync();
        QueryInputException error = await Assert.ThrowsAsync<QueryInputException>(
            () => bench.Queries.Transactions.GetAllAsync(new PageRequest<EventCursor> { Limit = limit }));
        Assert.Contains("1 to 1,000 rows", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Queries_AnswerAndFailure_AreMeasuredByNameAndTable()
    {
        HistoryBench bench = await shared.OpenAsync();

        // The first list also asks whether the server has TimescaleDB.
        await bench.Queries.Transactions.GetAllAsync(new PageRequest<EventCursor>());
        using var recorder = new TelemetryRecorder(StellarTelemetry.Name);
        await bench.Queries.Transactions.GetAllAsync(new PageRequest<EventCursor>());
        await Assert.ThrowsAsync<DatabaseException>(
            () => new StellarQueries(bench.Database.DataSource, new QueryOptions { Schema = "nowhere" }).Operations.GetByIdAsync(
                new EventKey(1)));

        List<string> measured =
            [.. recorder.Of("pipeline.query.duration").Select(
                one => $"{one.Tags["query"]} {one.Tags["db.collection.name"]} {one.Tags.GetValueOrDefault("error.type")}")];
        Assert.Equal(["operations.get_by_id operations postgres_error", "transactions.get_all transactions "], measured.Order());
    }

    [SkippableFact]
    public async Task Queries_SlowOne_IsToldWithTypesAndWithoutValues()
    {
        HistoryBench bench = await shared.OpenAsync();
        using var log = new LineLogger();
        var queries = new StellarQueries(bench.Database.DataSource, new QueryOptions { Log = log, SlowQuery = TimeSpan.Zero });
        string hash = bench.Transactions[0][HistoryTables.Transactions, "hash"]!;
        await queries.StateChanges.GetByAccountAsync(
            bench.Accounts[0], new PageRequest<StateChangeCursor>(), new StateChangeFilter { TransactionHash = hash, Reason = "CREDIT" });

        string line = Assert.Single(log.Lines);
        Assert.StartsWith($"{LogLevel.Warning}: The query state_changes.by_account on state_changes took ", line, StringComparison.Ordinal);
        Assert.Contains("types of its parameters: Bytea, Bytea, Text, Bigint.", line, StringComparison.Ordinal);
        Assert.DoesNotContain(hash, line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("CREDIT", line, StringComparison.Ordinal);
        await queries.Operations.GetByToIdsAsync([new EventKey(1, DateTime.UnixEpoch)], 5, SortOrder.Ascending);
        Assert.Contains("types of its parameters: Bigint[], TimestampTz[], Bigint.", log.Lines[1], StringComparison.Ordinal);
    }

    private static List<string> ByEvent(ILookup<string, long> byAccount) =>
        [.. byAccount.SelectMany(group => group.Distinct().Select(id => (id, group.Key))).GroupBy(pair => pair.id)
            .Select(group => $"{group.Key}: {string.Join(' ', group.Select(pair => pair.Key).Order(StringComparer.Ordinal))}").Order(
            StringComparer.Ordinal)];

    private static List<string> Lines(IReadOnlyDictionary<long, IReadOnlyList<string>> byEvent) =>
        [.. byEvent.Select(pair => $"{pair.Key}: {string.Join(' ', pair.Value)}").Order(StringComparer.Ordinal)];
}
