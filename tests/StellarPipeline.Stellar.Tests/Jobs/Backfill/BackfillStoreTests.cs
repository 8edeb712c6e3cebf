using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>
/// Ranges of a data store into the history tables: right rows, once each, with a bookkeeping and a cursor that tell the truth.
/// </summary>
public sealed class BackfillStoreTests
{
    [SkippableTheory]
    [InlineData(1, 2)]
    [InlineData(3, 2)]
    [InlineData(2, 7)]
    public async Task Run_EmptyDatabase_TablesEqualOneLoadAndBookkeepingAddsUp(int connections, int perObject)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(23);

        BackfillReport report = await bench.RunAsync(
            bench.Store(ledgers, perObject: perObject), 1000, 1022, options => options with { Connections = connections });

        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(23, report.Ledgers.Loaded);
        Assert.Equal(23, await bench.Database.QueryAsync<long>("SELECT sum(last_ledger - first_ledger + 1)::int8 FROM backfill_batches"));
        foreach (string table in new[] { "transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes" })
        {
            Assert.Equal(
                await bench.CountAsync(table), await bench.Database.QueryAsync<long>($"SELECT sum({table})::int8 FROM backfill_batches"));
            Assert.Equal(await bench.CountAsync(table), report.Tables.Single(row => row.Name == table).Rows);
        }

        Assert.Equal(0, await bench.CountAsync("backfill_leases"));
        string proof = Assert.Single(report.Proofs);
        Assert.StartsWith("Ledgers 1000 to 1022 chain by hash", proof, StringComparison.Ordinal);
        Assert.Contains("\"ledgers_per_second\"", System.Text.Encoding.UTF8.GetString(report.ToJson()), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_Again_LoadsNothingAndChangesNothing()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(10));
        await bench.RunAsync(store, 1000, 1009);
        string state = await bench.StateAsync(), batches = await bench.BatchesAsync();

        BackfillReport report = await bench.RunAsync(store, 1000, 1009);

        Assert.Equal((0, 10), (report.Ledgers.Loaded, report.Ledgers.LoadedBefore));
        Assert.Equal((state, batches), (await bench.StateAsync(), await bench.BatchesAsync()));
    }

    [SkippableFact]
    public async Task Run_OverlappingRanges_EveryLedgerOnce()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(20);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1005, 1010);
        await bench.RunAsync(store, 1008, 1014);
        await bench.RunAsync(store, 1003, 1003);

        BackfillReport report = await bench.RunAsync(store, 1000, 1019);

        Assert.Equal(9, report.Ledgers.Loaded);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_LedgersWithoutTransactions_AreThereAndNoGap()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();

        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(9, transactions: 0)), 1000, 1008);

        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, 1000, 1009);
        Assert.Equal((9, 1), (survey.CountOf(LedgerState.Loaded), survey.CountOf(LedgerState.Missing)));
        Assert.Equal(0, await bench.CountAsync("transactions"));
    }

    [SkippableFact]
    public async Task Run_ClocksThatRepeatASecond_AreRightAndNoGap()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(8);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1000, 1007);

        // As networks with less than a second per ledger would write it.
        foreach ((string table, string ledger) in new[]
        {
            ("state_changes", "ledger_number"), ("transactions_accounts", "tx_to_id >> 32"), ("operations_accounts", "operation_id >> 32"),
            ("operations", "id >> 32"),
            ("transactions", "to_id >> 32"),
        })
        {
            await bench.Database.ExecuteAsync(
                $"UPDATE {table} SET ledger_created_at = '2025-01-01 00:00:00Z' WHERE {ledger} BETWEEN 1002 AND 1006");
        }

        Assert.Equal(8, (await GapSurvey.ReadAsync(bench.Database.DataSource, null, null)).CountOf(LedgerState.Loaded));
        await bench.Database.ExecuteAsync("DELETE FROM state_changes WHERE ledger_number = 1004");
        await bench.RunAsync(store, 1000, 1007, options => options with { Repair = true });
        Assert.True(await bench.CountAsync("state_changes", "to_id >> 32 = 1004") > 0);
        Assert.Equal(
            await bench.Database.QueryAsync<long>("SELECT sum(state_changes)::int8 FROM backfill_batches"),
            await bench.CountAsync("state_changes"));
    }

    [SkippableFact]
    public async Task Run_Cursors_OldestGoesDownOverContiguousLedgersOnlyAndLatestNever()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(30));
        await bench.MakeCursorsAsync(1025, 1050);

        BackfillReport apart = await bench.RunAsync(store, 1000, 1009);
        Assert.Equal("1025 1050", await bench.CursorsAsync());
        Assert.Contains(apart.Remarks, remark => remark.StartsWith("oldest_ingest_ledger stays at 1025", StringComparison.Ordinal));

        await bench.RunAsync(store, 1015, 1024);
        Assert.Equal("1015 1050", await bench.CursorsAsync());

        // The last hole closes: the cursor goes down over what was loaded before, too.
        BackfillReport joined = await bench.RunAsync(store, 1010, 1014);
        Assert.Equal("1000 1050", await bench.CursorsAsync());
        Assert.Equal(new BackfillReport.CursorSection(1015, 1000), joined.Cursor);
    }

    [SkippableFact]
    public async Task Run_CursorsAreAbsent_NoneIsMade()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await bench.Database.ExecuteAsync("CREATE TABLE ingest_store (key varchar(255) PRIMARY KEY, value varchar(255) NOT NULL)");

        BackfillReport report = await bench.RunAsync(bench.Store(BackfillBench.Ledgers(4)), 1000, 1003);

        Assert.Equal(0, await bench.CountAsync("ingest_store"));
        Assert.Contains(report.Remarks, remark => remark.StartsWith("This database has no oldest_ingest_ledger", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Run_RangeThatLiveIngestionWillWrite_IsRefused()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await bench.MakeCursorsAsync(1003, 1005);
        string store = bench.Store(BackfillBench.Ledgers(8));

        BackfillException error = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1000, 1007));

        Assert.Contains("latest_ingest_ledger", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await bench.CountAsync("transactions"));
    }

    [SkippableFact]
    public async Task Run_TrustedHash_EveryBatchRestsOnIt()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(12);

        BackfillReport report = await bench.RunAsync(
            bench.Store(ledgers), 1000, 1011, options => options with { Trusted = [LedgerAnchor.Trusted(1011, HashOf(ledgers[^1]))] });

        Assert.Contains("All of them rest on the trusted hash", Assert.Single(report.Proofs), StringComparison.Ordinal);
        Assert.Equal(["the trusted hash that was given"], await bench.Database.RowsAsync("SELECT DISTINCT rests_on FROM backfill_batches"));
    }

    [SkippableFact]
    public async Task Run_OtherTrustedHashAtTheEnd_NothingBecomesVisible()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(12);
        var other = LedgerAnchor.Trusted(1011, HashOf(ledgers[0]));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(
            () => bench.RunAsync(bench.Store(ledgers), 1000, 1011, options => options with { Trusted = [other] }));

        Assert.Equal(LedgerErrorCode.Anchor, error.Code);
        Assert.Equal(0, await bench.CountAsync("transactions"));
        Assert.Equal(0, await bench.CountAsync("backfill_batches"));
    }

    [SkippableFact]
    public async Task Run_WhileOthersLook_CursorNeverClaimsALedgerThatIsNotThere()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await bench.MakeCursorsAsync(1060, 1060);
        string store = bench.Store(BackfillBench.Ledgers(60));
        await bench.RunAsync(store, 1058, 1059);

        Task<BackfillReport> run = bench.RunAsync(store, 1000, 1059, options => options with { Connections = 3, BatchLedgers = 3 });
        int looks = 0;
        for (bool isLast = false; !isLast; looks++)
        {
            isLast = run.IsCompleted;

            // One statement sees one moment. Every made ledger has transactions.
            Assert.Equal(0, await bench.Database.QueryAsync<long>(
                "SELECT count(*) FROM generate_series((SELECT value::int FROM ingest_store WHERE key = 'oldest_ingest_ledger'), 1059) "
                    + "ledger "
                + "WHERE NOT EXISTS (SELECT FROM transactions WHERE to_id >= ledger::int8 << 32 AND to_id < (ledger + 1)::int8 << 32) "
                + "OR NOT EXISTS (SELECT FROM state_changes WHERE ledger_number = ledger)"));
        }

        await run;
        Assert.True(looks > 1);
        Assert.Equal("1000 1060", await bench.CursorsAsync());
    }

    internal static Hash256 HashOf(GeneratedLedger ledger) =>
        new(new LedgerReader(BackfillBench.Network.Id).Read(ledger.CloseMeta.Span).HeaderEntry().Hash);
}
