using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Streams and files, which are read once and upwards, and what is asked before a run.</summary>
public sealed class BackfillStreamTests
{
    [SkippableFact]
    public async Task Run_StreamWithoutRange_ItsOwnLedgersAreLoaded()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(30);

        BackfillReport report = await bench.RunAsync(bench.Stream(ledgers), null, null, options => options with { Connections = 3 });

        Assert.Equal((1000u, 1029u, 30), (report.Ledgers.First!.Value, report.Ledgers.Last!.Value, report.Ledgers.Loaded));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.StartsWith("Ledgers 1000 to 1029 chain by hash", Assert.Single(report.Proofs), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_StreamOverLedgersThatAreThere_PassesOverThemAndRepairsTornOnes()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(30);
        string stream = bench.Stream(ledgers);
        await bench.RunAsync(bench.Store(ledgers), 1005, 1012);
        await bench.RunAsync(stream, 1020, 1023);
        await bench.Database.ExecuteAsync("DELETE FROM operations WHERE id >> 32 = 1021");

        await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(stream, 1000, 1029));
        BackfillReport report = await bench.RunAsync(stream, 1000, 1029, options => options with { Repair = true });

        Assert.Equal((22, 8, 4), (report.Ledgers.Loaded, report.Ledgers.LoadedBefore, report.Ledgers.Repaired));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
        Assert.Equal(0, (await bench.RunAsync(stream, null, null)).Ledgers.Loaded);
    }

    [SkippableFact]
    public async Task Run_StreamThatEndsBeforeTheRange_IsToldAndWhatCameStays()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(10);

        await Assert.ThrowsAsync<LedgersEndedException>(() => bench.RunAsync(bench.Stream(ledgers), 1000, 1019));

        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, 1000, 1009);
        Assert.Equal(0, survey.CountOf(LedgerState.Torn) + survey.CountOf(LedgerState.Found));
        await bench.RunAsync(bench.Stream(ledgers), null, null);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_StreamOfTwoHistories_TheUpperOneNeverBecomesVisible()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string stream = bench.Stream(BackfillBench.Ledgers(16).Take(9).Concat(BackfillBench.Ledgers(16, seed: 2).Skip(9)));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => bench.RunAsync(stream, null, null));

        Assert.Equal(LedgerErrorCode.Chain, error.Code);
        Assert.Equal(0, await bench.CountAsync("transactions", "to_id >> 32 >= 1009"));
    }

    [SkippableFact]
    public async Task Run_FileWithTrustedHash_EveryBatchUpToItRestsOnIt()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(20);
        var anchor = LedgerAnchor.Trusted(1013, BackfillStoreTests.HashOf(ledgers[13]));

        await bench.RunAsync(bench.Stream(ledgers), null, null, options => options with { Trusted = [anchor], BatchLedgers = 4 });

        Assert.Equal(
            ["1000|the trusted hash that was given", "1004|the trusted hash that was given", "1008|the trusted hash that was given",
                "1012|the source alone", "1016|the source alone"],
            await bench.Database.RowsAsync("SELECT first_ledger, rests_on FROM backfill_batches ORDER BY 1"));
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_FileWithOtherTrustedHashNearItsEnd_NothingBecomesVisible()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(20);
        var other = LedgerAnchor.Trusted(1018, BackfillStoreTests.HashOf(ledgers[0]));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(
            () => bench.RunAsync(bench.Stream(ledgers), null, null, options => options with { Trusted = [other], BatchLedgers = 2 }));

        Assert.Equal(LedgerErrorCode.Anchor, error.Code);
        Assert.Equal("", await bench.BatchesAsync());
    }

    [SkippableFact]
    public async Task Run_StreamWhoseLedgersAnotherRunLoads_IsTold()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(8);
        await bench.RunAsync(bench.Stream(ledgers), 1000, 1000);
        await bench.Database.ExecuteAsync(
            "INSERT INTO backfill_leases (first_ledger, last_ledger, replaces, owner, expires_at) VALUES (1002, 1003, false, 'elsewhere 1 "
                + "1 1', now() + interval '1 h')");

        BackfillException error = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(bench.Stream(ledgers), null, null));

        Assert.Contains("Another process is loading ledgers 1002 to 1003", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Estimate_EmptyDatabase_TellsRowsAndChangesNothing()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(20);
        await using ILedgerSource source = await LedgerSources.OpenAsync([bench.Store(ledgers)]);

        BackfillEstimate estimate = await BackfillEstimate.MakeAsync(source, bench.Database.DataSource, BackfillBench.Options(1000, 1019));

        Assert.Equal((20, 5, 5), (estimate.Ledgers, estimate.Batches, estimate.Samples));
        Assert.Equal(80, estimate.Rows.Transactions);
        Assert.True(estimate.Rows.StateChanges > 0 && estimate.Bytes > 0);
        Assert.Equal(0, await bench.Database.QueryAsync<long>(
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'backfill%' OR relname = 'transactions'"));
    }

    [Fact]
    public void Validate_ValuesOutOfRange_AreAllNamed()
    {
        BackfillOptions options = BackfillBench.Options(9, 5) with
        {
            BatchLedgers = 0,
            Connections = 0,
            Workers = 0,
            Attempts = 0,
            MemoryBytes = -1,
            LeaseDuration = TimeSpan.Zero,
        };

        BackfillException error = Assert.Throws<BackfillException>(options.Validate);

        foreach (string named in new[] { "after the last", "ledgers in a batch", "connections", "workers", "attempts", "memory", "lease" })
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Job_StoreWithoutRangeOrPipeWithTrustedHash_IsRefused()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(2);
        var anchor = LedgerAnchor.Trusted(1001, BackfillStoreTests.HashOf(ledgers[1]));

        await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(bench.Store(ledgers), 1000, null));
        await using var pipe = new LedgerStreamSource([LedgerStreamPart.StandardInput]);
        BackfillException once = Assert.Throws<BackfillException>(() => new BackfillJob(
            pipe, bench.Database.DataSource, BackfillBench.Options(null, null) with { Trusted = [anchor] }, NullLoggerFactory.Instance));
        Assert.Contains("standard input can be read only once", once.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BackfillException>(
            () => bench.RunAsync(bench.Store(ledgers, "two"), 1000, 1000, options => options with { Trusted = [anchor] }));
    }
}
