using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>
/// Databases that another program has half filled, or that lost rows: described as they are, never collided with, and mended on request.
/// </summary>
public sealed class BackfillRepairTests
{
    private static readonly (string Table, string Ledger)[] Tables =
    [
        ("state_changes", "ledger_number"), ("operations_accounts", "operation_id >> 32"), ("operations", "id >> 32"),
        ("transactions_accounts", "tx_to_id >> 32"), ("transactions", "to_id >> 32"),
    ];

    /// <summary>
    /// wallet-backend's own failure: a batch of which the first flush is there, a cursor that claims all of it, and tables that tore.
    /// </summary>
    [SkippableFact]
    public async Task Gaps_HalfFilledByAnotherProgram_AreDescribedTrulyAndMended()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(24);
        string store = bench.Store(ledgers);
        await FillAsOthersDoAsync(bench, store);
        await bench.MakeCursorsAsync(1000, 1023);
        await DeleteAsync(bench, "BETWEEN 1004 AND 1007", Tables);
        await DeleteAsync(bench, "= 1012", Tables[1]);
        await DeleteAsync(bench, "= 1015", Tables[0]);
        await DeleteAsync(bench, "= 1018", Tables[4]);
        await DeleteAsync(bench, "= 1020", Tables[2], Tables[1]);

        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, null, null);

        Assert.Equal(
            ["1000 to 1003 Found", "1004 to 1007 Missing", "1008 to 1011 Found", "1012 Torn", "1013 to 1014 Found", "1015 Torn",
                "1016 to 1017 Found", "1018 Torn", "1019 Found", "1020 Torn",
                "1021 to 1023 Found"],
            survey.Segments.Select(segment => $"{segment.Span} {segment.State}"));
        Assert.Equal(new LedgerSpan(1004, 1007), survey.CursorLie!.Value.Span);
        Assert.Contains("operations_accounts", survey.Segments[3].Reason, StringComparison.Ordinal);

        string before = await bench.StateAsync();
        BackfillException error = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1000, 1023));
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains("--repair", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await bench.StateAsync());

        BackfillReport report = await bench.RunAsync(store, 1000, 1023, options => options with { Repair = true });

        Assert.Equal((8, 16, 4), (report.Ledgers.Loaded, report.Ledgers.Found, report.Ledgers.Repaired));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(0, (await GapSurvey.ReadAsync(bench.Database.DataSource, null, null)).CountOf(LedgerState.Torn));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Run_LoadedBatchLostRowsOfOneTable_IsSeenAndRepaired(int table)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(12));
        await bench.RunAsync(store, 1000, 1011);
        string whole = await bench.StateAsync();
        await bench.Database.ExecuteAsync(
            $"DELETE FROM {Tables[table].Table} WHERE ctid = (SELECT ctid FROM {Tables[table].Table} WHERE {Tables[table].Ledger} = 1006 "
                + $"LIMIT 1)");

        Assert.True((await GapSurvey.ReadAsync(bench.Database.DataSource, null, null)).CountOf(LedgerState.Torn) > 0);
        await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1006, 1006));
        await bench.RunAsync(store, 1006, 1006, options => options with { Repair = true });

        Assert.Equal(whole, await bench.StateAsync());
        Assert.Equal(0, (await bench.RunAsync(store, 1000, 1011)).Ledgers.Loaded);
    }

    /// <summary>Each of these ledgers looks complete by itself: only the record of their batch knew that a row is missing.</summary>
    [SkippableFact]
    public async Task Run_RepairFails_LedgersStayTorn()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(12);
        string store = bench.Store(ledgers);
        await bench.RunAsync(store, 1000, 1011);
        string whole = await bench.StateAsync();
        LedgerSpan batch = await TearUnseenAsync(bench);
        string damaged = bench.Store(ledgers, "damaged");
        await File.WriteAllBytesAsync(BackfillBench.Object(damaged, batch.Last), [1, 2, 3]);

        await Assert.ThrowsAnyAsync<PipelineException>(
            () => bench.RunAsync(damaged, 1000, 1011, options => options with { Repair = true }));

        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, null, null);
        Assert.Equal(batch.Count, survey.CountOf(LedgerState.Torn));
        await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1000, 1011));
        await Assert.ThrowsAsync<BackfillException>(
            () => bench.RunAsync(store, 1000, 1011, options => options with { TrustBookkeeping = true }));
        await bench.RunAsync(store, 1000, 1011, options => options with { Repair = true });
        Assert.Equal(whole, await bench.StateAsync());
        Assert.Equal(12, (await GapSurvey.ReadAsync(bench.Database.DataSource, null, null)).CountOf(LedgerState.Loaded));
    }

    [SkippableFact]
    public async Task Run_RepairFromAStreamEndsWithinABatch_RestStaysTorn()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(12);
        await bench.RunAsync(bench.Store(ledgers), 1000, 1011);
        string whole = await bench.StateAsync();
        LedgerSpan batch = await TearUnseenAsync(bench);
        string upper = bench.Stream(ledgers.Skip((int)(batch.First + 1 - BackfillBench.First)));

        await bench.RunAsync(upper, null, null, options => options with { Repair = true });

        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, null, null);
        Assert.Equal($"{batch.First}", Assert.Single(survey.Segments, segment => segment.State == LedgerState.Torn).Span.ToString());
        await bench.RunAsync(bench.Stream(ledgers, "all.xdr.zst"), null, null, options => options with { Repair = true });
        Assert.Equal(whole, await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_BatchLostInACrash_IsLoadedAgain()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(12));
        await bench.RunAsync(store, 1000, 1011);
        string whole = await bench.StateAsync();
        await DeleteAsync(bench, "BETWEEN 1004 AND 1007", Tables);
        await bench.Database.ExecuteAsync("DELETE FROM backfill_batches WHERE first_ledger = 1004");

        BackfillReport report = await bench.RunAsync(store, 1000, 1011);

        Assert.Equal(4, report.Ledgers.Loaded);
        Assert.Equal(whole, await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_LedgersOfAnotherProgramVanished_AreLoaded()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(12);
        string store = bench.Store(ledgers);
        await FillAsOthersDoAsync(bench, store, 1000, 1007);
        await bench.RunAsync(store, 1000, 1011);
        Assert.Contains("1000-1007 found", await bench.BatchesAsync(), StringComparison.Ordinal);
        await DeleteAsync(bench, "BETWEEN 1002 AND 1003", Tables);

        BackfillReport report = await bench.RunAsync(store, 1000, 1011);

        Assert.Equal((2, 6), (report.Ledgers.Loaded, report.Ledgers.Found));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_LedgersOfAnotherProgramInTwoSteps_RowsOfBothAreNoted()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(12));
        await FillAsOthersDoAsync(bench, store, 1000, 1007);
        await bench.RunAsync(store, 1000, 1003);

        await bench.RunAsync(store, 1000, 1007);

        Assert.Equal("1000-1003 found 1004-1007 found", await bench.BatchesAsync());
        Assert.Equal(
            await bench.CountAsync("state_changes"), await bench.Database.QueryAsync<long>(
                "SELECT sum(state_changes)::int8 FROM backfill_batches WHERE transactions > 0"));
    }

    [SkippableFact]
    public async Task Run_LedgersBelowTheCursorAreThereAlready_CursorGoesDown()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(12));
        await bench.RunAsync(store, 1000, 1011);
        await bench.MakeCursorsAsync(1012, 1012);

        BackfillReport report = await bench.RunAsync(store, 1006, 1011);

        Assert.Equal("1000 1012", await bench.CursorsAsync());
        Assert.DoesNotContain(report.Remarks, remark => remark.Contains("oldest_ingest_ledger", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Gaps_LedgersAtTheEndsLackTransactions_AreTorn()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await FillAsOthersDoAsync(bench, bench.Store(BackfillBench.Ledgers(24)));
        await DeleteAsync(bench, "< 1003", Tables[4]);
        await DeleteAsync(bench, "> 1020", Tables[4], Tables[3], Tables[2], Tables[1]);

        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, null, null);

        Assert.Equal(
            ["1000 to 1002 Torn", "1003 to 1020 Found", "1021 to 1023 Torn"],
            survey.Segments.Select(segment => $"{segment.Span} {segment.State}"));
    }

    [SkippableFact]
    public async Task Run_RowsOfOthersComeMeanwhile_BatchFailsWithOneError()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(4));
        await bench.RunAsync(store, 1002, 1003);

        // What another program writes after the look: the same keys, seen by the first COPY.
        await bench.Database.ExecuteAsync(
            "CREATE FUNCTION early() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.to_id >> 32 < 1002 THEN "
            + "INSERT INTO public.transactions SELECT (NEW).*; END IF; RETURN NEW; END $$");
        await bench.Database.ExecuteAsync(
            "CREATE TRIGGER early BEFORE INSERT ON transactions FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION early()");

        BackfillException error = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1000, 1003));

        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains("another program writes to these tables", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await bench.CountAsync("transactions", "to_id >> 32 < 1002"));
    }

    /// <summary>Deletes one of several state changes of a transaction.</summary>
    /// <returns>The batch that misses it.</returns>
    private static async Task<LedgerSpan> TearUnseenAsync(BackfillBench bench)
    {
        const string Several = "SELECT to_id FROM state_changes GROUP BY to_id HAVING count(*) > 1 ORDER BY to_id DESC LIMIT 1";
        string[] batch = (await bench.Database.RowsAsync(
            $"SELECT first_ledger || ' ' || last_ledger FROM backfill_batches WHERE (({Several}) >> 32) BETWEEN first_ledger AND "
                + $"last_ledger"))[0].Split(' ');
        await bench.Database.ExecuteAsync(
            $"DELETE FROM state_changes WHERE ctid = (SELECT ctid FROM state_changes WHERE to_id = ({Several}) LIMIT 1)");
        return new LedgerSpan(
            uint.Parse(batch[0], CultureInfo.InvariantCulture), uint.Parse(batch[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Rows without any bookkeeping of ours.</summary>
    private static async Task FillAsOthersDoAsync(BackfillBench bench, string store, uint first = 1000, uint last = 1023)
    {
        await bench.RunAsync(store, first, last);
        await bench.Database.ExecuteAsync("DELETE FROM backfill_batches");
    }

    private static async Task DeleteAsync(BackfillBench bench, string ledgers, params (string Table, string Ledger)[] tables)
    {
        foreach ((string table, string ledger) in tables)
            await bench.Database.ExecuteAsync($"DELETE FROM {table} WHERE {ledger} {ledgers}");
    }
}
