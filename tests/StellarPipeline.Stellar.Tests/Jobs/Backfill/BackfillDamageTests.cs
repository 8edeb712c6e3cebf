using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Sources that are damaged, incomplete or not the right one: one clear error, and no ledger that is there in part.</summary>
public sealed class BackfillDamageTests
{
    public static TheoryData<string, string> Damages => new()
    {
        { "missing", LedgerErrorCode.Missing },
        { "cut", LedgerErrorCode.Compression },
        { "damaged", LedgerErrorCode.Compression },
        { "swapped", LedgerErrorCode.ObjectRange },
    };

    [SkippableTheory]
    [MemberData(nameof(Damages))]
    public async Task Run_DamagedStore_OneErrorAndNothingHalfWritten(string damage, string code)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(20);
        string store = bench.Store(ledgers);
        string hit = BackfillBench.Object(store, 1008);
        switch (damage)
        {
            case "missing":
                File.Delete(hit);
                break;
            case "cut":
                await File.WriteAllBytesAsync(hit, (await File.ReadAllBytesAsync(hit))[..^40]);
                break;
            case "damaged":
                await File.WriteAllBytesAsync(hit, new byte[100]);
                break;
            case "swapped":
                File.Copy(BackfillBench.Object(store, 1012), hit, overwrite: true);
                break;
        }

        LedgerException error = await Assert.ThrowsAnyAsync<LedgerException>(() => bench.RunAsync(store, 1000, 1019));

        Assert.Equal((FailureKind.Archive, code), (error.Kind, error.Code));
        await AssertWholeBatchesAsync(bench, ledgers);

        // Mended, the run goes on where it was.
        bench.Store(ledgers, "again");
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(BackfillBench.Object(store, 1008))!)) File.Delete(file);
        string again = Path.GetDirectoryName(BackfillBench.Object(Path.Combine(Path.GetDirectoryName(store)!, "again"), 1008))!;
        foreach (string file in Directory.GetFiles(again))
            File.Copy(file, Path.Combine(Path.GetDirectoryName(hit)!, Path.GetFileName(file)));
        await bench.RunAsync(store, 1000, 1019);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task Run_StoreThatEndsBeforeTheRange_LoadsWhatThereIsAndSaysSo()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(20);
        string store = bench.Store(ledgers);

        BackfillException error = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1003, 1030));

        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains(
            "does not contain ledgers 1020 to 1030. Ledgers 1003 to 1019 are completely loaded", error.Message, StringComparison.Ordinal);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers.Skip(3)), await bench.StateAsync());
        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, 1003, 1030);
        Assert.Equal((17, 11), (survey.CountOf(LedgerState.Loaded), survey.CountOf(LedgerState.Missing)));

        // Again it says the same, and when the ledgers are there it goes on.
        await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(store, 1003, 1030));
        BackfillReport whole = await bench.RunAsync(bench.Store(BackfillBench.Ledgers(31), "longer"), 1003, 1030);
        Assert.Equal((11, 17), (whole.Ledgers.Loaded, whole.Ledgers.LoadedBefore));
    }

    [SkippableFact]
    public async Task Run_StoreWithAHoleAndThenTheEnd_IsAHole()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(20));
        File.Delete(BackfillBench.Object(store, 1018));
        File.Delete(BackfillBench.Object(store, 1008));

        LedgersMissingException error =
            await Assert.ThrowsAsync<LedgersMissingException>(() => bench.RunAsync(store, 1000, 1025));

        Assert.Equal(1008u, error.FirstMissing);
    }

    [SkippableTheory]
    [InlineData(1008)]
    [InlineData(1009)]
    public async Task Run_LedgersOfTwoHistories_TheLowerOneNeverBecomesVisible(int border)
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> one = BackfillBench.Ledgers(20), other = BackfillBench.Ledgers(20, seed: 2);
        string store = bench.Store(one.Where(ledger => ledger.Sequence < border).Concat(other.Where(ledger => ledger.Sequence >= border)));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => bench.RunAsync(store, 1000, 1019));

        Assert.Equal(LedgerErrorCode.Chain, error.Code);
        Assert.Equal(0, await bench.CountAsync("transactions", $"to_id < {border}::int8 << 32"));
        await AssertWholeBatchesAsync(bench, other);
    }

    [SkippableFact]
    public async Task Run_StoreOfAnotherHistoryThanTheDatabase_IsRefusedAtTheBorder()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(20)), 1008, 1011);
        string other = bench.Store(BackfillBench.Ledgers(20, seed: 2), "other");

        BackfillException below = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(other, 1004, 1007));
        BackfillException above = await Assert.ThrowsAsync<BackfillException>(() => bench.RunAsync(other, 1012, 1015));

        Assert.Equal((FailureKind.Archive, FailureKind.Archive), (below.Kind, above.Kind));
        Assert.Contains("does not chain to what is in the database", below.Message, StringComparison.Ordinal);
        Assert.Equal("1008-1011 loaded", await bench.BatchesAsync());

        // Not even a batch that does not touch what is there: it rests on one that does.
        await Assert.ThrowsAsync<BackfillException>(
            () => bench.RunAsync(other, 1000, 1007, options => options with { Connections = 3, BatchLedgers = 2 }));
        Assert.Equal("1008-1011 loaded", await bench.BatchesAsync());
    }

    [SkippableFact]
    public async Task Run_StoreOfAnotherNetwork_IsRefusedBeforeAnythingIsMade()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(4));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(
            () => bench.RunAsync(store, 1000, 1003, options => options with { Network = StellarNetwork.Pubnet }));

        Assert.Equal(LedgerErrorCode.Network, error.Code);
        Assert.Equal(0, await bench.Database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'backfill_batches'"));
    }

    [SkippableFact]
    public async Task Run_RangeBeforeTheStoreBegins_IsToldAndWhatIsAboveStays()
    {
        await using BackfillBench bench = await BackfillBench.CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(8);

        LedgerException error = await Assert.ThrowsAnyAsync<LedgerException>(() => bench.RunAsync(bench.Store(ledgers), 990, 1007));

        Assert.Equal(FailureKind.Archive, error.Kind);
        await AssertWholeBatchesAsync(bench, ledgers);
    }

    /// <summary>The bookkeeping tells exactly which ledgers have rows, and these have all of them.</summary>
    private static async Task AssertWholeBatchesAsync(BackfillBench bench, List<GeneratedLedger> ledgers)
    {
        GapSurvey survey = await GapSurvey.ReadAsync(bench.Database.DataSource, 990, 1040);
        Assert.Equal((0, 0), (survey.CountOf(LedgerState.Torn), survey.CountOf(LedgerState.Found)));
        HashSet<uint> loaded = [.. survey.Segments.Where(segment => segment.State == LedgerState.Loaded)
            .SelectMany(segment => Enumerable.Range((int)segment.Span.First, (int)segment.Span.Count)).Select(ledger => (uint)ledger)];
        if (loaded.Count == 0)
        {
            Assert.Equal(0, await bench.CountAsync("transactions"));
            return;
        }

        await using BackfillBench whole = await BackfillBench.CreateAsync();
        await whole.RunAsync(whole.Store(ledgers), ledgers[0].Sequence, ledgers[^1].Sequence);
        foreach ((string table,
            string ledger) in new[] { ("transactions", "to_id"), ("operations", "id"), ("operations_accounts", "operation_id") })
        {
            string count =
                $"SELECT {ledger} >> 32, count(*) FROM {table} WHERE {ledger} >> 32 IN ({string.Join(',', loaded)}) GROUP BY 1 ORDER BY 1";
            Assert.Equal(await whole.Database.RowsAsync(count), await bench.Database.RowsAsync(count));
            Assert.Equal(0, await bench.CountAsync(table, $"{ledger} >> 32 NOT IN ({string.Join(',', loaded)})"));
        }
    }
}
