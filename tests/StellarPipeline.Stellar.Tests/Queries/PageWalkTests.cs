using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>All pages of a list, one after the other, in either order and direction, have every row once.</summary>
public sealed class PageWalkTests(SharedBench shared) : IClassFixture<SharedBench>
{
    /// <summary>Both orders, each in both directions.</summary>
    public static TheoryData<SortOrder, bool> Ways { get; } = new()
    {
        { SortOrder.Ascending, false },
        { SortOrder.Ascending, true },
        { SortOrder.Descending, false },
        { SortOrder.Descending, true },
    };

    [SkippableTheory]
    [MemberData(nameof(Ways))]
    public async Task Pages_OfAll_GiveEveryRowOnce(SortOrder order, bool isBackward) =>
        await WalkAllAsync(await shared.OpenAsync(), order, isBackward);

    [SkippableTheory]
    [MemberData(nameof(Ways))]
    public async Task Pages_OfAnAccount_GiveEveryRowOnce(SortOrder order, bool isBackward) =>
        await WalkAccountAsync(await shared.OpenAsync(), order, isBackward);

    [SkippableTheory]
    [MemberData(nameof(Ways))]
    public async Task Pages_OfOneParent_GiveEveryRowOnce(SortOrder order, bool isBackward) =>
        await WalkParentsAsync(await shared.OpenAsync(), order, isBackward);

    [SkippableFact]
    public async Task Pages_OfHypertablesOfWhichSomeChunksAreCompressed_GiveEveryRowOnce()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(HistoryBench.GeneratedLedgers, isHypertable: true);
        foreach (SortOrder order in new[] { SortOrder.Ascending, SortOrder.Descending })
        {
            foreach (bool isBackward in new[] { false, true })
            {
                await WalkAllAsync(bench, order, isBackward);
                await WalkAccountAsync(bench, order, isBackward);
                await WalkParentsAsync(bench, order, isBackward);
            }
        }
    }

    private static async Task WalkAllAsync(HistoryBench bench, SortOrder order, bool isBackward)
    {
        PageRequest<EventCursor> page = new() { Limit = 61, Order = order, IsBackward = isBackward };
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.Transactions.GetAllAsync(asked), bench.Transactions, NaiveRow.LineOf, page);
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.Operations.GetAllAsync(asked), bench.Operations, NaiveRow.LineOf, page);
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.StateChanges.GetAllAsync(asked), bench.Changes, NaiveRow.LineOf,
            new PageRequest<StateChangeCursor> { Limit = 211, Order = order, IsBackward = isBackward });
    }

    private static async Task WalkAccountAsync(HistoryBench bench, SortOrder order, bool isBackward)
    {
        StellarAddress account = bench.Accounts.MaxBy(one => bench.OperationsOf[one.Text].Count())!;
        HashSet<long> transactions = [.. bench.TransactionsOf[account.Text]], operations = [.. bench.OperationsOf[account.Text]];
        PageRequest<EventCursor> page = new() { Limit = 3, Order = order, IsBackward = isBackward };
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.Transactions.GetByAccountAsync(account, asked),
            bench.Transactions.Where(row => transactions.Contains(row.Key[1])), NaiveRow.LineOf, page);
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.Operations.GetByAccountAsync(account, asked),
            bench.Operations.Where(row => operations.Contains(row.Key[1])), NaiveRow.LineOf, page);
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.StateChanges.GetByAccountAsync(account, asked),
            bench.Changes.Where(row => row[HistoryTables.StateChanges, "account_id"] == account.Text), NaiveRow.LineOf,
            new PageRequest<StateChangeCursor> { Limit = 3, Order = order, IsBackward = isBackward });
    }

    private static async Task WalkParentsAsync(HistoryBench bench, SortOrder order, bool isBackward)
    {
        PageRequest<EventCursor> page = new() { Limit = 2, Order = order, IsBackward = isBackward };
        PageRequest<ChangeCursor> changes = new() { Limit = 2, Order = order, IsBackward = isBackward };
        uint ledger = Toid.LedgerOf(bench.Transactions[bench.Transactions.Count / 2].Key[1]);
        await PageWalk.GivesEveryRowOnceAsync(
            asked => bench.Queries.Transactions.GetByLedgerAsync(ledger, asked),
            bench.Transactions.Where(row => Toid.LedgerOf(row.Key[1]) == ledger), NaiveRow.LineOf, page);

        // The parents with the most rows, each with and without its time.
        long transaction = bench.Operations.CountBy(row => Toid.TransactionOf(row.Key[1])).MaxBy(pair => pair.Value).Key;
        long changed = bench.Changes.CountBy(row => row.Key[1]).MaxBy(pair => pair.Value).Key;
        long operation = bench.Changes.Where(row => row.Key[2] != 0).CountBy(row => row.Key[2]).MaxBy(pair => pair.Value).Key;
        foreach (bool hasTime in new[] { true, false })
        {
            EventKey Key(long id) =>
                new(id, hasTime ? NaiveRow.Time(bench.Transactions.Find(row => row.Key[1] == Toid.TransactionOf(id))!.Key[0]) : null);
            await PageWalk.GivesEveryRowOnceAsync(
                asked => bench.Queries.Operations.GetByToIdAsync(Key(transaction), asked),
                bench.Operations.Where(row => Toid.TransactionOf(row.Key[1]) == transaction), NaiveRow.LineOf, page);
            await PageWalk.GivesEveryRowOnceAsync(
                asked => bench.Queries.StateChanges.GetByToIdAsync(Key(changed), asked),
                bench.Changes.Where(row => row.Key[1] == changed), NaiveRow.LineOf, changes);
            await PageWalk.GivesEveryRowOnceAsync(
                asked => bench.Queries.StateChanges.GetByOperationIdAsync(Key(operation), asked),
                bench.Changes.Where(row => row.Key[2] == operation), NaiveRow.LineOf, changes);
        }
    }
}
