using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>Recorded ledgers followed into a real database.</summary>
public sealed class LiveIngestionTests
{
    // Ledgers whose hashes are true, and that follow each other where there are several.
    public static TheoryData<string> Sets { get; } =
        ["pubnet-51000294", "pubnet-63092988", "testnet-997-999", "load-test-v28", "core-p23-soroban", "core-p28-events", "core-p0"];

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public async Task RunAsync_RecordedLedgers_TablesHoldUpstreamsRows(string name)
    {
        var set = GoldenSet.Open(name);
        List<byte[]> ledgers = [.. set.Ledgers()];
        await using LiveBench bench = await LiveBench.CreateAsync();
        uint first = LiveBench.NumberOf(ledgers[0], set.Network());
        await bench.SetCursorAsync(first - 1);

        LiveReport report = await bench.RunAsync(LiveBench.Source(ledgers), set.Network());

        Assert.Equal(set.LastLedger, report.Last);
        Assert.Equal(ledgers.Count, report.Ledgers);
        Assert.Equal(set.LastLedger, await bench.CursorAsync());
        foreach (CopyTable table in HistoryTables.All)
            Assert.Equal(set.Expected(table).Count, await bench.Database.QueryAsync<long>($"SELECT count(*) FROM {table.QualifiedName}"));
        foreach (string table in (string[])[
            "native_balances", "trustline_balances", "sac_balances", "liquidity_pools", "liquidity_pool_balances"])
        {
            Assert.Equal(LastUpserts(set, table), await bench.Database.QueryAsync<long>($"SELECT count(*) FROM {table}"));
        }

        Assert.Equal(ExpectedSubentries(set),
            await bench.Database.QueryAsync<decimal>("SELECT coalesce(sum(num_subentries), 0)::numeric FROM native_balances"));
        foreach (string table in (string[])["trustline_assets", "protocol_wasms"])
        {
            Assert.Equal(set.Expected("changes-" + table).Lines.Select(line => line.Split(',')[1]).Distinct().Count(),
                await bench.Database.QueryAsync<long>($"SELECT count(*) FROM {table}"));
        }
    }

    [SkippableTheory]
    [InlineData("load-test-v28")]
    [InlineData("testnet-997-999")]
    public async Task RunAsync_CatchUpOfAnySize_GivesTheSameTables(string name)
    {
        var set = GoldenSet.Open(name);
        List<byte[]> ledgers = [.. set.Ledgers()];
        var dumps = new List<List<string>>();
        foreach (long bytes in (long[])[1, 1 << 20, long.MaxValue])
        {
            await using LiveBench bench = await LiveBench.CreateAsync();
            await bench.SetCursorAsync(LiveBench.NumberOf(ledgers[0], set.Network()) - 1);
            await bench.RunAsync(
                LiveBench.Source(ledgers), set.Network(), LiveBench.Options with { CatchUpThreshold = 0, CatchUpBytes = bytes });
            dumps.Add(await bench.DumpAsync());
        }

        Assert.NotEmpty(dumps[0]);
        Assert.Equal(dumps[0], dumps[1]);
        Assert.Equal(dumps[0], dumps[2]);
    }

    [SkippableFact]
    public async Task RunAsync_SameLedgersAgain_ChangesNothing()
    {
        var set = GoldenSet.Open("testnet-997-999");
        List<byte[]> ledgers = [.. set.Ledgers()];
        await using LiveBench bench = await LiveBench.CreateAsync();
        await bench.SetCursorAsync(996);
        await bench.RunAsync(LiveBench.Source(ledgers), set.Network());
        List<string> before = await bench.DumpAsync();

        LiveReport again = await bench.RunAsync(LiveBench.Source(ledgers), set.Network());
        LiveException refused = await Assert.ThrowsAsync<LiveException>(
            () => bench.RunAsync(LiveBench.Source(ledgers), set.Network(), LiveBench.Options with { To = 999 }));

        Assert.Equal(0, again.Ledgers);
        Assert.Contains("is already at ledger 999", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await bench.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_StoppedAndBegunAgain_GoesOnWhereItStopped()
    {
        var set = GoldenSet.Open("testnet-997-999");
        List<byte[]> ledgers = [.. set.Ledgers()];
        await using LiveBench whole = await LiveBench.CreateAsync();
        await whole.SetCursorAsync(996);
        await whole.RunAsync(LiveBench.Source(ledgers), set.Network());
        await using LiveBench parts = await LiveBench.CreateAsync();
        await parts.SetCursorAsync(996);

        for (uint last = 997; last <= 999; last++)
            Assert.Equal(1, (await parts.RunAsync(LiveBench.Source(ledgers), set.Network(), LiveBench.Options with { To = last })).Ledgers);

        Assert.Equal(await whole.DumpAsync(), await parts.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_LedgerOfAnotherBranch_IsRefusedAndNothingIsStored()
    {
        var set = GoldenSet.Open("testnet-997-999");
        List<byte[]> ledgers = [.. set.Ledgers()];
        await using LiveBench bench = await LiveBench.CreateAsync();
        await bench.SetCursorAsync(996);
        await bench.RunAsync(LiveBench.Source(ledgers), set.Network(), LiveBench.Options with { To = 997 });
        await bench.Database.ExecuteAsync(
            $"UPDATE ingest_store SET value = '997 {new string('a', 64)}' WHERE key = 'pipeline_latest_ledger_hash'");
        List<string> before = await bench.DumpAsync();

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => bench.RunAsync(LiveBench.Source(ledgers), set.Network()));

        Assert.Contains("998", error.Message, StringComparison.Ordinal);
        Assert.Contains("the last ledger in the database", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await bench.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_Gap_StoresWhatComesBeforeAndNamesTheLedger()
    {
        var set = GoldenSet.Open("testnet-997-999");
        List<byte[]> ledgers = [.. set.Ledgers()];
        await using LiveBench bench = await LiveBench.CreateAsync();
        await bench.SetCursorAsync(996);

        LedgerException error =
            await Assert.ThrowsAnyAsync<LedgerException>(() => bench.RunAsync(LiveBench.Source([ledgers[0], ledgers[2]]), set.Network()));

        Assert.Contains("998", error.Message, StringComparison.Ordinal);
        Assert.Contains(await bench.CursorAsync(), (uint?[])[996, 997]);
    }

    [SkippableFact]
    public async Task RunAsync_NoCursor_SaysWhatToDo()
    {
        var set = GoldenSet.Open("testnet-997-999");
        await using LiveBench bench = await LiveBench.CreateAsync();

        LiveException error = await Assert.ThrowsAsync<LiveException>(() => bench.RunAsync(LiveBench.Source(set.Ledgers()), set.Network()));

        Assert.Contains("populate", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_ChannelAccounts_AreUnlockedByTheirTransactions()
    {
        var set = GoldenSet.Open("testnet-997-999");
        await using LiveBench bench = await LiveBench.CreateAsync();
        await bench.SetCursorAsync(996);
        string hash = set.Expected("transactions").Lines[0].Split(',')[1];
        await bench.Database.ExecuteAsync($"""
            INSERT INTO channel_accounts (public_key, encrypted_private_key, locked_at, locked_until, locked_tx_hash)
            VALUES ('GA', 'x', now(), now(), '{hash}'), ('GB', 'x', now(), now(), '{new string('b', 64)}')
            """);

        await bench.RunAsync(LiveBench.Source(set.Ledgers()), set.Network());

        Assert.Equal(
            ["GB"],
            await bench.Database.RowsAsync(
                "SELECT public_key FROM channel_accounts WHERE locked_tx_hash IS NOT NULL AND locked_at IS NOT NULL AND locked_until IS "
                    + "NOT NULL"));
    }

    // Keys whose last change is an upsert.
    private static long LastUpserts(GoldenSet set, string table)
    {
        (string header, List<string> lines) = set.Expected("changes-" + table);
        string[] columns = header.Split(',');
        int action = Array.IndexOf(columns, "action");
        return lines.Select(line => line.Split(',')).GroupBy(fields => string.Join(',', fields[1..action]))
            .LongCount(
            key => key.MaxBy(fields => uint.Parse(fields[0], System.Globalization.CultureInfo.InvariantCulture))![action] == "upsert");
    }

    private static decimal ExpectedSubentries(GoldenSet set)
    {
        (string header, List<string> lines) = set.Expected("changes-native_balances");
        string[] columns = header.Split(',');
        int action = Array.IndexOf(columns, "action");
        int subentries = Array.IndexOf(columns, "num_subentries");
        return lines.Select(line => line.Split(',')).GroupBy(fields => fields[1])
            .Select(key => key.MaxBy(fields => uint.Parse(fields[0], System.Globalization.CultureInfo.InvariantCulture))!)
            .Where(fields => fields[action] == "upsert").Sum(
            fields => decimal.Parse(fields[subentries], System.Globalization.CultureInfo.InvariantCulture));
    }
}
