using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>Pages while somebody writes newer ledgers.</summary>
public sealed class StablePageTests
{
    // A walk to the newest rows ends only after the writer has ended.
    private const int MostLedgers = 12;

    [SkippableFact]
    public async Task Pages_NewestFirstWhileNewerLedgersAreWritten_GiveTheOldRowsOnceAndNoOther()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(20);
        StellarAddress account = bench.Accounts.MaxBy(one => bench.TransactionsOf[one.Text].Count())!;
        HashSet<long> ids = [.. bench.TransactionsOf[account.Text]];
        var page = new PageRequest<EventCursor> { Limit = 3 };
        var walked = new List<string>();
        for (int written = 1; ; written++)
        {
            Page<TransactionRow, EventCursor> rows = await bench.Queries.Transactions.GetByAccountAsync(account, page);
            walked.AddRange(rows.Rows.Select(NaiveRow.LineOf));
            if (!rows.HasMore) break;
            page = page with { From = rows.End };
            await WriteNewerAsync(bench, account, written);
        }

        List<NaiveRow> old = [.. bench.Transactions.Where(row => ids.Contains(row.Key[1]))];
        old.Sort((left, right) => -NaiveRow.Compare(left.Key, right.Key));
        Assert.Equal(old.Select(row => row.Line), walked);

        // Backwards from where the walk began, the newer ones come.
        page = new PageRequest<EventCursor> { Limit = 1000, From = EventCursor.FromKey(old[0].Key), IsBackward = true };
        Assert.Equal((old.Count - 1) / 3, (await bench.Queries.Transactions.GetByAccountAsync(account, page)).Rows.Count);
    }

    [SkippableTheory]
    [InlineData(SortOrder.Ascending, false)]
    [InlineData(SortOrder.Ascending, true)]
    [InlineData(SortOrder.Descending, false)]
    [InlineData(SortOrder.Descending, true)]
    public async Task Pages_OfAnyListWhileNewerLedgersAreWritten_GiveEachOldRowOnce(SortOrder order, bool isBackward)
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(12);
        StellarAddress account = bench.Accounts.MaxBy(one => bench.OperationsOf[one.Text].Count())!;
        HashSet<long> transactions = [.. bench.TransactionsOf[account.Text]], operations = [.. bench.OperationsOf[account.Text]];
        var page = new PageRequest<EventCursor> { Limit = 17, Order = order, IsBackward = isBackward };
        var changes = new PageRequest<StateChangeCursor> { Limit = 53, Order = order, IsBackward = isBackward };
        await WalkAsync(asked => bench.Queries.Transactions.GetAllAsync(asked), bench.Transactions, NaiveRow.LineOf, page);
        await WalkAsync(
            asked => bench.Queries.Transactions.GetByAccountAsync(account, asked),
            bench.Transactions.Where(row => transactions.Contains(row.Key[1])), NaiveRow.LineOf, page with { Limit = 3 });
        await WalkAsync(asked => bench.Queries.Operations.GetAllAsync(asked), bench.Operations, NaiveRow.LineOf, page);
        await WalkAsync(
            asked => bench.Queries.Operations.GetByAccountAsync(account, asked),
            bench.Operations.Where(row => operations.Contains(row.Key[1])), NaiveRow.LineOf, page with { Limit = 3 });
        await WalkAsync(asked => bench.Queries.StateChanges.GetAllAsync(asked), bench.Changes, NaiveRow.LineOf, changes);
        await WalkAsync(
            asked => bench.Queries.StateChanges.GetByAccountAsync(account, asked),
            bench.Changes.Where(row => row[HistoryTables.StateChanges, "account_id"] == account.Text), NaiveRow.LineOf,
            changes with { Limit = 3 });

        // What is written during one walk is part of no other: each expects the rows that were there before all of them.
        async Task WalkAsync<TRow, TCursor>(
            Func<PageRequest<TCursor>, Task<Page<TRow, TCursor>>> ask, IEnumerable<NaiveRow> old, Func<TRow, string> line,
            PageRequest<TCursor> first)
            where TCursor : struct, IPageCursor<TCursor>
        {
            List<NaiveRow> expected = [.. old];
            expected.Sort((left, right) => NaiveRow.Compare(left.Key, right.Key) * (order == SortOrder.Descending ? -1 : 1));
            var walked = new List<string>();
            int written = 0;
            while (true)
            {
                Page<TRow, TCursor> rows = await ask(first);
                walked.InsertRange(isBackward ? 0 : walked.Count, rows.Rows.Select(line));
                if (!rows.HasMore) break;
                first = first with { From = isBackward ? rows.Start : rows.End };
                if (written < MostLedgers) await WriteNewerAsync(bench, account, ++written);
            }

            Assert.NotEqual(0, written);

            // A walk towards the newest rows meets those that were written meanwhile, each once and after the old ones.
            bool meetsNewer = order == SortOrder.Ascending != isBackward;
            List<string> oldOnes = order == SortOrder.Ascending ? walked[..expected.Count] : walked[^expected.Count..];
            Assert.Equal(expected.Select(row => row.Line), oldOnes);
            Assert.Equal(meetsNewer ? expected.Count + written : expected.Count, walked.Count);
            Assert.Equal(walked.Count, walked.Distinct().Count());
            await RemoveNewerAsync(bench);
        }
    }

    /// <summary>Writes the next ledger: a transaction of the account with one operation and one state change.</summary>
    private static Task WriteNewerAsync(HistoryBench bench, StellarAddress account, int number) => bench.Database.ExecuteAsync(
        $"""
        INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at)
            SELECT ((max(to_id) >> 32) + 1 << 32) + 4096, decode(lpad(to_hex({number}), 64, '0'), 'hex'), 1, 'x', max(ledger_number) + 1,
              max(ledger_created_at) + interval '5 seconds' FROM transactions;
        INSERT INTO transactions_accounts (account_id, ledger_created_at, tx_to_id)
            SELECT '\x{Convert.ToHexString(account.Stored.Span)}', max(ledger_created_at), max(to_id) FROM transactions;
        INSERT INTO operations (id, operation_type, result_code, successful, ledger_number, ledger_created_at)
            SELECT max(to_id) + 1, 'PAYMENT', 'x', true, max(ledger_number), max(ledger_created_at) FROM transactions;
        INSERT INTO operations_accounts (account_id, ledger_created_at, operation_id)
            SELECT '\x{Convert.ToHexString(account.Stored.Span)}', max(ledger_created_at), max(to_id) + 1 FROM transactions;
        INSERT INTO state_changes (to_id, operation_id, state_change_id, state_change_category, state_change_reason, ledger_number,
          account_id, ledger_created_at)
            SELECT max(to_id), max(to_id) + 1, 1, 'BALANCE', 'CREDIT', max(ledger_number),
              '\x{Convert.ToHexString(account.Stored.Span)}', max(ledger_created_at) FROM transactions;
        """);

    private static Task RemoveNewerAsync(HistoryBench bench)
    {
        string newer = $"> '{NaiveRow.Time(bench.Transactions.Max(row => row.Key[0])):O}'";
        return bench.Database.ExecuteAsync(string.Concat(
            new[] { "transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes" }.Select(
                table => $"DELETE FROM {table} WHERE ledger_created_at {newer};")));
    }
}
