using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>
/// Every list equals a naive answer over the same rows, for random limits, orders, directions, cursors and ranges of time.
/// </summary>
public sealed class PagePropertyTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private const int Questions = 150;

    [SkippableFact]
    public async Task GetAllAsync_AnyPage_IsTheNaiveOne()
    {
        HistoryBench bench = await shared.OpenAsync();
        Ask.Many(Questions, ask => CheckAllAsync(bench, ask));
    }

    [SkippableFact]
    public async Task GetByAccountAsync_AnyPage_IsTheNaiveOne()
    {
        HistoryBench bench = await shared.OpenAsync();
        Ask.Many(Questions, ask => CheckAccountAsync(bench, ask));
    }

    [SkippableFact]
    public async Task GetByAccountAsync_StateChangesOfAnyKind_AreTheNaiveOnes()
    {
        HistoryBench bench = await shared.OpenAsync();
        Ask.Many(2 * Questions, ask => CheckFilterAsync(bench, ask));
    }

    [SkippableFact]
    public async Task GetByParentAsync_AnyPage_IsTheNaiveOne()
    {
        HistoryBench bench = await shared.OpenAsync();
        Ask.Many(Questions, ask => CheckParentAsync(bench, ask));
    }

    [SkippableFact]
    public async Task GetByLedgerAsync_AnyPage_IsTheNaiveOne()
    {
        HistoryBench bench = await shared.OpenAsync();
        Ask.Many(Questions, ask => CheckLedgerAsync(bench, ask));
    }

    [SkippableFact]
    public async Task AnyList_OnHypertablesOfWhichSomeChunksAreCompressed_IsTheNaiveOne()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(HistoryBench.GeneratedLedgers, isHypertable: true);
        Ask.Many(Questions, ask => CheckAllAsync(bench, ask));
        Ask.Many(Questions, ask => CheckAccountAsync(bench, ask));
        Ask.Many(Questions, ask => CheckFilterAsync(bench, ask));
        Ask.Many(Questions, ask => CheckParentAsync(bench, ask));
        Ask.Many(Questions, ask => CheckLedgerAsync(bench, ask));
        Ask.Many(Questions / 3, ask => CheckParentsAsync(bench, ask));
    }

    [SkippableFact]
    public async Task GetByParentsAsync_AnyLimit_IsOnePageOfEach()
    {
        HistoryBench bench = await shared.OpenAsync();
        Ask.Many(Questions / 3, ask => CheckParentsAsync(bench, ask));
    }

    [SkippableFact]
    public async Task Lists_RecordedLedgers_AreTheNaiveOnes()
    {
        foreach (string name in GoldenSet.Names().Select(set => (string)set[0]).Where((_, index) => index % 4 == 0))
        {
            var set = GoldenSet.Open(name);
            await using HistoryBench bench = await HistoryBench.OpenAsync(set.Network(), [.. set.Ledgers()]);
            if (bench.Changes.Count == 0) continue;
            Ask.Many(12, ask => CheckAllAsync(bench, ask));
            Ask.Many(12, ask => CheckAccountAsync(bench, ask));
            Ask.Many(12, ask => CheckFilterAsync(bench, ask));
            Ask.Many(8, ask => CheckParentAsync(bench, ask));
            Ask.Many(8, ask => CheckLedgerAsync(bench, ask));
            Ask.Many(4, ask => CheckParentsAsync(bench, ask));
        }
    }

    private static async Task CheckAllAsync(HistoryBench bench, Ask ask)
    {
        PageRequest<EventCursor> transactions = ask.Page<EventCursor>(bench.Transactions, row => row.Key);
        Same(bench.Transactions, transactions, row => row.Key, await bench.Queries.Transactions.GetAllAsync(transactions), NaiveRow.LineOf,
            row => row.Cursor);
        PageRequest<EventCursor> operations = ask.Page<EventCursor>(bench.Operations, row => row.Key);
        Same(bench.Operations, operations, row => row.Key, await bench.Queries.Operations.GetAllAsync(operations), NaiveRow.LineOf,
            row => row.Cursor);
        PageRequest<StateChangeCursor> changes = ask.Page<StateChangeCursor>(bench.Changes, row => row.Key);
        Same(bench.Changes, changes, row => row.Key, await bench.Queries.StateChanges.GetAllAsync(changes), NaiveRow.LineOf,
            row => row.Cursor);
    }

    private static async Task CheckAccountAsync(HistoryBench bench, Ask ask)
    {
        StellarAddress account = bench.Accounts[ask.Who % bench.Accounts.Count];
        HashSet<long> ids = [.. bench.TransactionsOf[account.Text]];
        List<NaiveRow> rows = [.. bench.Transactions.Where(row => ids.Contains(row.Key[1]))];
        PageRequest<EventCursor> page = ask.Page<EventCursor>(rows, row => row.Key);
        Same(rows, page, row => row.Key, await bench.Queries.Transactions.GetByAccountAsync(account, page), NaiveRow.LineOf,
            row => row.Cursor);
        ids = [.. bench.OperationsOf[account.Text]];
        rows = [.. bench.Operations.Where(row => ids.Contains(row.Key[1]))];
        page = ask.Page<EventCursor>(rows, row => row.Key);
        Same(rows, page, row => row.Key, await bench.Queries.Operations.GetByAccountAsync(account, page), NaiveRow.LineOf,
            row => row.Cursor);
    }

    private static async Task CheckFilterAsync(HistoryBench bench, Ask ask)
    {
        NaiveRow like = bench.Changes[ask.What % bench.Changes.Count];
        StellarAddress account = bench.Accounts[ask.Who % bench.Accounts.Count];
        string owner = like[HistoryTables.StateChanges, "account_id"]!;
        if (ask.Who % 3 > 0 && bench.Accounts.Find(known => known.Text == owner) is { } ofRow) account = ofRow;
        var filter = new StateChangeFilter
        {
            TransactionHash =
                ask.What % 5 == 1 ? bench.Transactions.Find(row => row.Key[1] == like.Key[1])![HistoryTables.Transactions, "hash"] : null,
            OperationId = ask.What % 7 == 1 ? like.Key[2] == 0 ? like.Key[1] + 1 : like.Key[2] : null,
            Category = ask.What % 3 == 1 ? like[HistoryTables.StateChanges, "state_change_category"] : null,
            Reason = ask.What % 4 == 1 ? like[HistoryTables.StateChanges, "state_change_reason"] : null,
        };
        List<NaiveRow> rows = [.. bench.Changes.Where(row => row[HistoryTables.StateChanges, "account_id"] == account.Text
            && (filter.TransactionHash is null || row.Key[1] == like.Key[1])
            && (filter.OperationId is null || row.Key[2] == filter.OperationId)
            && (filter.Category is null || row[HistoryTables.StateChanges, "state_change_category"] == filter.Category)
            && (filter.Reason is null || row[HistoryTables.StateChanges, "state_change_reason"] == filter.Reason))];
        PageRequest<StateChangeCursor> page = ask.Page<StateChangeCursor>(rows, row => row.Key);
        Same(rows, page, row => row.Key, await bench.Queries.StateChanges.GetByAccountAsync(account, page, filter), NaiveRow.LineOf,
            row => row.Cursor);
    }

    private static async Task CheckParentAsync(HistoryBench bench, Ask ask)
    {
        NaiveRow parent = bench.Transactions[ask.Who % bench.Transactions.Count];
        var key = new EventKey(parent.Key[1], ask.What % 2 == 0 ? NaiveRow.Time(parent.Key[0]) : null);
        List<NaiveRow> rows = [.. bench.Operations.Where(row => Toid.TransactionOf(row.Key[1]) == key.Id)];
        PageRequest<EventCursor> operations = ask.Page<EventCursor>(rows, row => row.Key);
        Same(rows, operations, row => row.Key, await bench.Queries.Operations.GetByToIdAsync(key, operations), NaiveRow.LineOf,
            row => row.Cursor, hasTimes: false);

        rows = [.. bench.Changes.Where(row => row.Key[1] == key.Id)];
        PageRequest<ChangeCursor> changes = ask.Page<ChangeCursor>(rows, row => row.Key[1..]);
        Same(rows, changes, row => row.Key[1..], await bench.Queries.StateChanges.GetByToIdAsync(key, changes), NaiveRow.LineOf,
            row => row.InnerCursor, hasTimes: false);

        NaiveRow operation = bench.Operations[ask.What % bench.Operations.Count];
        key = new EventKey(operation.Key[1], ask.Who % 2 == 0 ? NaiveRow.Time(operation.Key[0]) : null);
        rows = [.. bench.Changes.Where(row => row.Key[2] == key.Id)];
        changes = ask.Page<ChangeCursor>(rows, row => row.Key[1..]);
        Same(rows, changes, row => row.Key[1..], await bench.Queries.StateChanges.GetByOperationIdAsync(key, changes), NaiveRow.LineOf,
            row => row.InnerCursor, hasTimes: false);
    }

    private static async Task CheckLedgerAsync(HistoryBench bench, Ask ask)
    {
        uint ledger = Toid.LedgerOf(bench.Transactions[ask.Who % bench.Transactions.Count].Key[1]);
        List<NaiveRow> rows = [.. bench.Transactions.Where(row => Toid.LedgerOf(row.Key[1]) == ledger)];
        PageRequest<EventCursor> page = (ask with { Limit = 1 + (ask.Limit % 13) }).Page<EventCursor>(rows, row => row.Key);
        Same(rows, page, row => row.Key, await bench.Queries.Transactions.GetByLedgerAsync(ledger, page), NaiveRow.LineOf,
            row => row.Cursor, hasTimes: false);
    }

    private static async Task CheckParentsAsync(HistoryBench bench, Ask ask)
    {
        SortOrder order = ask.IsAscending ? SortOrder.Ascending : SortOrder.Descending;
        EventKey Key(NaiveRow row) => new(row.Key[1], ask.IsBackward ? NaiveRow.Time(row.Key[0]) : null);
        List<NaiveRow> some = [.. bench.Transactions.Skip(ask.Who % bench.Transactions.Count).Take(20)];
        EventKey[] keys = [.. some.Select(Key), Key(some[0]), new EventKey(77, ask.IsBackward ? DateTime.UnixEpoch : null)];
        int limit = 1 + (ask.Limit % 6);
        Same(
            keys, limit, order, id => bench.Operations.Where(row => Toid.TransactionOf(row.Key[1]) == id), row => row.Key,
            await bench.Queries.Operations.GetByToIdsAsync(keys, limit, order), NaiveRow.LineOf);
        Same(
            keys, limit, order, id => bench.Changes.Where(row => row.Key[1] == id), row => row.Key[1..],
            await bench.Queries.StateChanges.GetByToIdsAsync(keys, limit, order), NaiveRow.LineOf);
        keys = [.. bench.Operations.Skip(ask.What % bench.Operations.Count).Take(30).Select(Key),
            new EventKey(78, ask.IsBackward ? DateTime.UnixEpoch : null)];
        Same(
            keys, limit, order, id => bench.Changes.Where(row => row.Key[2] == id), row => row.Key[1..],
            await bench.Queries.StateChanges.GetByOperationIdsAsync(keys, limit, order), NaiveRow.LineOf);
    }

    private static void Same<TRow, TCursor>(
        IEnumerable<NaiveRow> rows, PageRequest<TCursor> asked, Func<NaiveRow, long[]> key, Page<TRow, TCursor> page,
        Func<TRow, string> line, Func<TRow, TCursor> place, bool hasTimes = true)
        where TCursor : struct, IPageCursor<TCursor>
    {
        (List<string> expected, bool hasMore) = NaiveRow.PageOf(rows, key, asked, hasTimes ? row => row.Key[0] : null);
        Assert.Equal(expected, page.Rows.Select(line));
        Assert.Equal(hasMore, page.HasMore);
        Assert.Equal(page.Rows.Count == 0 ? null : place(page.Rows[0]), page.Start);
        Assert.Equal(page.Rows.Count == 0 ? null : place(page.Rows[^1]), page.End);
    }

    private static void Same<TRow, TCursor>(
        EventKey[] keys, int limit, SortOrder order, Func<long, IEnumerable<NaiveRow>> children, Func<NaiveRow, long[]> key,
        IReadOnlyDictionary<long, Page<TRow, TCursor>> pages, Func<TRow, string> line)
        where TCursor : struct, IPageCursor<TCursor>
    {
        var asked = new PageRequest<TCursor> { Limit = limit, Order = order };
        foreach (long id in keys.Select(parent => parent.Id).Distinct())
        {
            (List<string> expected, bool hasMore) = NaiveRow.PageOf(children(id), key, asked, null);
            Assert.Equal(expected.Count > 0, pages.ContainsKey(id));
            if (expected.Count == 0) continue;
            Assert.Equal(expected, pages[id].Rows.Select(line));
            Assert.Equal(hasMore, pages[id].HasMore);
        }

        Assert.All(pages.Keys, id => Assert.Contains(keys, parent => parent.Id == id));
    }
}
