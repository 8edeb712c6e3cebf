using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>Pages while somebody writes newer ledgers.</summary>
public sealed class StablePageTests
{
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

    private static Task WriteNewerAsync(HistoryBench bench, StellarAddress account, int number) => bench.Database.ExecuteAsync(
        $"""
        INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at)
            SELECT max(to_id) + (1::int8 << 32), decode(lpad(to_hex({number}), 64, '0'), 'hex'), 1, 'x', max(ledger_number) + 1,
              max(ledger_created_at) + interval '5 seconds' FROM transactions;
        INSERT INTO transactions_accounts (account_id, ledger_created_at, tx_to_id)
            SELECT '\x{Convert.ToHexString(account.Stored.Span)}', max(ledger_created_at), max(to_id) FROM transactions
        """);
}
