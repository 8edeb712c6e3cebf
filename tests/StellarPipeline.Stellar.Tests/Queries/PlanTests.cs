using System.Text.RegularExpressions;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>What the server does for a page: the plans as it carried them out, told by auto_explain.</summary>
/// <remarks>
/// Statistics of a small table would rightly lead to scans; with enable_seqscan off, a scan shows only where no index will do.
/// </remarks>
public sealed partial class PlanTests(SharedBench shared) : IClassFixture<SharedBench>
{
    [SkippableFact]
    public async Task AccountPages_Transactions_ComeFromTheKeyInItsOrder()
    {
        HistoryBench bench = await shared.OpenAsync();
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "public");
        foreach (PageRequest<EventCursor> page in Pages(bench.Transactions))
        {
            string plan = await listener.PlanOfAsync(queries => queries.Transactions.GetByAccountAsync(bench.Accounts[0], page));
            Assert.Matches("Index (Only )?Scan (Backward )?using transactions_accounts_pkey", plan);
            Assert.Contains("using transactions_pkey", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            if (page.From is not null) Assert.Matches(@"Index Cond: \(\(account_id = [^\n]* AND \(ledger_created_at [<>]= ", plan);
        }
    }

    [SkippableFact]
    public async Task AccountPages_Operations_ComeFromTheKeyInItsOrder()
    {
        HistoryBench bench = await shared.OpenAsync();
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "public");
        foreach (PageRequest<EventCursor> page in Pages(bench.Operations))
        {
            string plan = await listener.PlanOfAsync(queries => queries.Operations.GetByAccountAsync(bench.Accounts[0], page));
            Assert.Matches("Index (Only )?Scan (Backward )?using operations_accounts_pkey", plan);
            Assert.Contains("using operations_pkey", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task AccountPages_StateChanges_AreSortedInsideATransactionOnly()
    {
        HistoryBench bench = await shared.OpenAsync();
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "public");
        string plan = await listener.PlanOfAsync(
            queries => queries.StateChanges.GetByAccountAsync(bench.Accounts[0], new PageRequest<StateChangeCursor>()));
        Assert.Contains("using transactions_accounts_pkey", plan, StringComparison.Ordinal);
        Assert.Contains("using state_changes_pkey", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.Contains("Incremental Sort", plan, StringComparison.Ordinal);
        Assert.Matches("Presorted Key: l(_1)?.ledger_created_at, l(_1)?.tx_to_id", plan);
        Assert.Empty(WholeSort().Matches(plan));

        plan = await listener.PlanOfAsync(queries => queries.StateChanges.GetByAccountAsync(
            bench.Accounts[0], new PageRequest<StateChangeCursor>(), new StateChangeFilter { Category = "BALANCE", Reason = "DEBIT" }));
        Assert.Contains("using idx_state_changes_account_category", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task PagesOfParents_AnyTable_ComeFromPrimaryKeys()
    {
        HistoryBench bench = await shared.OpenAsync();
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "public");
        EventKey[] transactions = [.. bench.Transactions.Take(5).Select(row => new EventKey(row.Key[1]))];
        EventKey[] operations = [.. bench.Operations.Take(5).Select(row => new EventKey(row.Key[1]))];
        (string Index, Func<StellarQueries, Task> Ask)[] asked =
        [
            ("state_changes_pkey",
                queries => queries.StateChanges.GetAllAsync(
                    new PageRequest<StateChangeCursor> { From = StateChangeCursor.FromKey(bench.Changes[9].Key) })),
            ("state_changes_pkey", queries => queries.StateChanges.GetByToIdAsync(transactions[0], new PageRequest<ChangeCursor>())),
            ("state_changes_pkey", queries => queries.StateChanges.GetByOperationIdAsync(operations[0], new PageRequest<ChangeCursor>())),
            ("state_changes_pkey", queries => queries.StateChanges.GetByToIdsAsync(transactions, 5, SortOrder.Ascending)),
            ("state_changes_pkey", queries => queries.StateChanges.GetByOperationIdsAsync(operations, 5, SortOrder.Descending)),
            ("operations_pkey", queries => queries.Operations.GetByToIdsAsync(transactions, 5, SortOrder.Ascending)),
            ("operations_pkey", queries => queries.Operations.GetByToIdAsync(transactions[0], new PageRequest<EventCursor>())),
            ("operations_pkey", queries =>
                queries.Operations.GetAllAsync(new PageRequest<EventCursor> { From = EventCursor.FromKey(bench.Operations[9].Key) })),
            ("transactions_pkey", queries => queries.Transactions.GetByOperationIdsAsync(operations)),
            ("transactions_pkey", queries => queries.Transactions.GetAllAsync(new PageRequest<EventCursor>())),
            ("transactions_pkey",
                queries => queries.Transactions.GetByLedgerAsync(Toid.LedgerOf(transactions[0].Id), new PageRequest<EventCursor>())),
            ("state_changes_pkey", queries => queries.StateChanges.GetFeesAsync(transactions[0])),
            ("idx_transactions_hash", queries => queries.Transactions.GetByHashAsync(new string('0', 64))),
            ("idx_transactions_accounts_tx_to_id", queries => queries.Accounts.GetByToIdsAsync(transactions)),
            ("idx_operations_accounts_operation_id", queries => queries.Accounts.GetByOperationIdsAsync(operations)),
        ];
        foreach ((string index, Func<StellarQueries, Task> ask) in asked)
        {
            string plan = await listener.PlanOfAsync(ask);
            Assert.Contains(index, plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task AccountPages_PartitionedTables_OpenNoPartitionOutsideTheRange()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(40);
        await PartitionAsync(bench, parts: 4);
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "parts");
        StellarAddress account = bench.Accounts.MaxBy(one => bench.TransactionsOf[one.Text].Count())!;
        DateTime[] times = [.. bench.Transactions.Select(row => NaiveRow.Time(row.Key[0])).Distinct().Order()];
        var range = new TimeRange(times[11], times[18]);

        string plan = await listener.PlanOfAsync(
            queries => queries.Transactions.GetByAccountAsync(account, new PageRequest<EventCursor> { Range = range }));
        Assert.Equal(["transactions_accounts_1"], Partition().Matches(plan).Select(match => match.Value)
            .Where(name => name.StartsWith("transactions_accounts", StringComparison.Ordinal)).Distinct());
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);

        plan =
            await listener.PlanOfAsync(queries => queries.StateChanges.GetAllAsync(new PageRequest<StateChangeCursor> { Range = range }));
        Assert.Equal(["state_changes_1"], Partition().Matches(plan).Select(match => match.Value).Distinct());

        var from = new PageRequest<EventCursor> { From = new EventCursor(times[9], long.MaxValue) };
        plan = await listener.PlanOfAsync(queries => queries.Transactions.GetAllAsync(from));
        Assert.Equal(["transactions_0"], Partition().Matches(plan).Select(match => match.Value).Distinct());

        Page<Stellar.Queries.Rows.TransactionRow, EventCursor> page =
            await listener.Queries.Transactions.GetByAccountAsync(account, new PageRequest<EventCursor> { Range = range });
        Assert.Equal((await bench.Queries.Transactions.GetByAccountAsync(account, new PageRequest<EventCursor> { Range = range })).Rows
            .Select(NaiveRow.LineOf), page.Rows.Select(NaiveRow.LineOf));
        Assert.NotEmpty(page.Rows);
    }

    [SkippableFact]
    public async Task AccountPages_OperationsAndStateChangesInPartitions_ReadNoPartitionOutsideTheRange()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(40);
        await PartitionAsync(bench, parts: 4);
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "parts");
        StellarAddress account = bench.Accounts.MaxBy(one => bench.OperationsOf[one.Text].Count())!;
        DateTime[] times = [.. bench.Transactions.Select(row => NaiveRow.Time(row.Key[0])).Distinct().Order()];
        var range = new TimeRange(times[11], times[18]);
        foreach (SortOrder order in new[] { SortOrder.Descending, SortOrder.Ascending })
        {
            string plan = await listener.PlanOfAsync(
                queries => queries.Operations.GetByAccountAsync(account, new PageRequest<EventCursor> { Range = range, Order = order }));
            Assert.Equal(["operations_1", "operations_accounts_1"], PlanListener.ReadIn(plan));
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);

            var changes = new PageRequest<StateChangeCursor> { Range = range, Order = order };
            plan = await listener.PlanOfAsync(queries => queries.StateChanges.GetByAccountAsync(account, changes));
            Assert.Equal(["state_changes_1", "transactions_accounts_1"], PlanListener.ReadIn(plan));
            Assert.Empty(WholeSort().Matches(plan));

            plan = await listener.PlanOfAsync(queries => queries.StateChanges.GetByAccountAsync(
                account, changes, new StateChangeFilter { Category = "BALANCE", Reason = "DEBIT" }));
            Assert.Equal(["state_changes_1"], PlanListener.ReadIn(plan));
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task AccountPages_Hypertables_ReadNoChunkOutsideTheRangeAndSortNoPage()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(80, isHypertable: true);
        await bench.Database.ExecuteAsync(
            "SELECT decompress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass, true) FROM timescaledb_information.chunks");
        await using PlanListener listener = await PlanListener.OpenAsync(bench.Database, "public");
        StellarAddress account = bench.Accounts.MaxBy(one => bench.OperationsOf[one.Text].Count())!;
        DateTime[] times = [.. bench.Transactions.Select(row => NaiveRow.Time(row.Key[0])).Distinct().Order()];

        // Less than a chunk, with further chunks on both sides.
        var range = new TimeRange(times[32], times[44]);
        foreach (SortOrder order in new[] { SortOrder.Descending, SortOrder.Ascending })
        {
            var events = new PageRequest<EventCursor> { Range = range, Order = order, Limit = 1000 };
            var changes = new PageRequest<StateChangeCursor> { Range = range, Order = order, Limit = 1000 };
            string plan = await listener.PlanOfAsync(queries => queries.Transactions.GetByAccountAsync(account, events));
            await OnlyChunksOfAsync(plan, "transactions", "transactions_accounts");
            Assert.Contains("transactions_accounts_pkey", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);

            plan = await listener.PlanOfAsync(queries => queries.Operations.GetByAccountAsync(account, events));
            await OnlyChunksOfAsync(plan, "operations", "operations_accounts");
            Assert.Contains("operations_accounts_pkey", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);

            plan = await listener.PlanOfAsync(queries => queries.StateChanges.GetByAccountAsync(account, changes));
            await OnlyChunksOfAsync(plan, "state_changes", "transactions_accounts");
            Assert.Contains("transactions_accounts_pkey", plan, StringComparison.Ordinal);
            Assert.Empty(WholeSort().Matches(plan));

            plan = await listener.PlanOfAsync(queries => queries.StateChanges.GetByAccountAsync(
                account, changes, new StateChangeFilter { Category = "BALANCE", Reason = "DEBIT" }));
            await OnlyChunksOfAsync(plan, "state_changes");
            Assert.Contains("idx_state_changes_account_category", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        }

        async Task OnlyChunksOfAsync(string plan, params string[] tables)
        {
            string of = $"FROM timescaledb_information.chunks WHERE hypertable_name IN ('{string.Join("', '", tables)}')";
            List<string> within = await bench.Database.RowsAsync(
                $"SELECT chunk_name::text {of} AND range_start <= '{range.Until:O}' AND range_end > '{range.Since:O}'");
            Assert.True(await bench.Database.QueryAsync<long>($"SELECT count(*) {of}") > within.Count);
            List<string> read = PlanListener.ReadIn(plan);
            Assert.NotEmpty(read);
            Assert.Empty(read.Except(within));
        }
    }

    private static IEnumerable<PageRequest<EventCursor>> Pages(List<NaiveRow> rows)
    {
        var middle = EventCursor.FromKey(rows[rows.Count / 2].Key);
        foreach (SortOrder order in new[] { SortOrder.Descending, SortOrder.Ascending })
        {
            yield return new PageRequest<EventCursor> { Order = order };
            yield return new PageRequest<EventCursor> { Order = order, From = middle };
            yield return new PageRequest<EventCursor> { Order = order, From = middle, IsBackward = true };
            yield return new PageRequest<EventCursor>
            {
                Order = order,
                Range = new TimeRange(NaiveRow.Time(rows[5].Key[0]), middle.LedgerCreatedAt),
            };
        }
    }

    /// <summary>Copies the history tables into the schema parts, each partitioned into ranges of ten ledgers.</summary>
    private static async Task PartitionAsync(HistoryBench bench, int parts)
    {
        List<string> times =
            await bench.Database.RowsAsync(
                "SELECT to_char(ledger_created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '+00' FROM transactions GROUP BY "
                    + "ledger_created_at ORDER BY ledger_created_at");
        await bench.Database.ExecuteAsync("CREATE SCHEMA parts");
        foreach (string table in new[] { "transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes" })
        {
            await bench.Database.ExecuteAsync(
                $"CREATE TABLE parts.{table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING INDEXES) PARTITION BY RANGE "
                    + $"(ledger_created_at)");
            for (int part = 0; part < parts; part++)
            {
                string upper = part == parts - 1 ? "MAXVALUE" : $"'{times[(part + 1) * 10]}'";
                await bench.Database.ExecuteAsync(
                    $"CREATE TABLE parts.{table}_{part} PARTITION OF parts.{table} FOR VALUES FROM "
                        + $"({(part == 0 ? "MINVALUE" : $"'{times[part * 10]}'")}) TO ({upper})");
            }

            await bench.Database.ExecuteAsync($"INSERT INTO parts.{table} SELECT * FROM public.{table}; ANALYZE parts.{table}");
        }
    }

    [GeneratedRegex(@"(?<!Incremental )Sort  \(")]
    private static partial Regex WholeSort();

    [GeneratedRegex(@"\b(?:transactions|transactions_accounts|operations|operations_accounts|state_changes)_\d(?=[ \n])")]
    private static partial Regex Partition();
}
