using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Network;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>What fails while the network is followed: sessions, other writers, refused rows, stops.</summary>
public sealed class LiveFailureTests
{
    private const int Ledgers = 40;

    internal static readonly Lazy<(StellarNetwork Network, uint Before, List<byte[]> Ledgers)> Network = new(static () =>
    {
        var network = SimulatedNetwork.Create(77, new NetworkOptions
        {
            Ledgers = new LedgerGeneratorOptions { Protocol = 25, Accounts = 40, Transactions = 8 },
            CheckpointFrequency = 8,
        });
        uint before = network.Ledger;
        return (StellarNetwork.Parse(network.Passphrase), before,
            [.. network.Advance(Ledgers).Select(static ledger => ledger.CloseMeta.ToArray())]);
    });

    internal static readonly Lazy<Task<List<string>>> Undisturbed = new(static async () =>
    {
        await using LiveBench bench = await CreateAsync();
        await bench.RunAsync(LiveBench.Source(Network.Value.Ledgers), Network.Value.Network);
        return await bench.DumpAsync();
    });

    [SkippableFact]
    public async Task RunAsync_SessionsKilledAllTheTime_StoresEveryLedgerOnce()
    {
        List<string> wanted = await Undisturbed.Value;
        await using LiveBench bench = await CreateAsync();
        using var done = new CancellationTokenSource();
        Task killing = bench.KillSessionsAsync(new Random(5), mostPauseMilliseconds: 1_500, done.Token);
        LiveReport report;
        try
        {
            report = await bench.RunAsync(LiveBench.Source(Network.Value.Ledgers), Network.Value.Network,
                LiveBench.Options with { Attempts = 1000, CatchUpBytes = 1 });
        }
        finally
        {
            await done.CancelAsync();
            await killing;
        }

        // The last one that was killed may still lie in the pool.
        bench.Database.DataSource.Clear();
        Assert.Equal(Ledgers, report.Ledgers);
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_SecondProcess_IsRefusedAndNamesTheFirst()
    {
        await using LiveBench bench = await CreateAsync();
        (SessionLock? held, _) =
            await SessionLock.TryTakeAsync(bench.Database.DataSource,
                [.. Network.Value.Network.IngestLockKeys.Select(static key => new Postgres.Transactions.AdvisoryLock(key, "the test"))]);
        await using (held)
        {
            LiveException error = await Assert.ThrowsAsync<LiveException>(
                () => bench.RunAsync(LiveBench.Source(Network.Value.Ledgers), Network.Value.Network));

            Assert.Contains("process ", error.Message, StringComparison.Ordinal);
            Assert.Contains("--stand-by", error.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task RunAsync_StandsBy_GoesOnWhenTheFirstEnds()
    {
        List<string> wanted = await Undisturbed.Value;
        await using LiveBench bench = await CreateAsync();
        LiveOptions options = LiveBench.Options with { StandBy = true };
        // Both want to; one follows while the other waits, and then finds nothing left to do, or goes on.
        LiveReport[] reports = await Task.WhenAll(
            bench.RunAsync(LiveBench.Source(Network.Value.Ledgers.Take(Ledgers / 2)), Network.Value.Network, options),
            bench.RunAsync(LiveBench.Source(Network.Value.Ledgers), Network.Value.Network, options));

        Assert.Equal(Ledgers, reports.Sum(static report => report.Ledgers));
        Assert.Equal(wanted, await bench.DumpAsync());
    }

    [SkippableFact]
    public async Task RunAsync_AnotherWriterMovesTheCursor_StopsAndStoresNothingMore()
    {
        await using LiveBench bench = await CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = Network.Value;
        await bench.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options with { To = before + 2 });
        await bench.Database.ExecuteAsync("""
            CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE public.ingest_store SET value = '1' WHERE key = 'latest_ingest_ledger'; RETURN NULL; END $$;
            CREATE TRIGGER moved AFTER INSERT ON transactions FOR EACH STATEMENT EXECUTE FUNCTION moved()
            """);

        IngestCursorException error =
            await Assert.ThrowsAsync<IngestCursorException>(() => bench.RunAsync(LiveBench.Source(ledgers), network));

        Assert.Contains("latest_ingest_ledger", error.Message, StringComparison.Ordinal);
        // Ledgers without transactions do not meet the trigger.
        uint? cursor = await bench.CursorAsync();
        Assert.InRange(cursor!.Value, before + 2, before + Ledgers);
        Assert.Equal(0, await bench.Database.QueryAsync<long>($"SELECT count(*) FROM transactions WHERE ledger_number > {cursor}"));
        Assert.Equal(
            0, await bench.Database.QueryAsync<long>($"SELECT count(*) FROM native_balances WHERE last_modified_ledger > {cursor}"));
    }

    [SkippableFact]
    public async Task RunAsync_CursorIsElsewhereAtTheStart_NamesBoth()
    {
        await using LiveBench bench = await CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = Network.Value;
        await bench.SetCursorAsync(before + 3);
        using var source = new SwitchingSource(LiveBench.Source(ledgers), () => bench.SetCursorAsync(before + 9));

        LiveException error = await Assert.ThrowsAsync<LiveException>(() => bench.RunAsync(source, network));

        Assert.Contains($"is {before + 9}, not {before + 3}", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_RefusedRow_StopsWithTheLedgerNamed()
    {
        await using LiveBench bench = await CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = Network.Value;
        await bench.Database.ExecuteAsync("ALTER TABLE transactions ADD CONSTRAINT none CHECK (fee_charged < 0) NOT VALID");

        PipelineException error = await Assert.ThrowsAnyAsync<Dataflow.PipelineException>(
            () => bench.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options));

        Assert.IsType<LiveException>(error);
        // Ledgers before it that have no transactions are stored.
        Assert.StartsWith(
            $"Ledger {await bench.CursorAsync() + 1}, transaction 1, could not be stored", error.Message, StringComparison.Ordinal);
        Assert.Contains("23514", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await bench.Database.QueryAsync<long>("SELECT count(*) FROM transactions"));
    }

    [SkippableTheory]
    [InlineData("operations", "operation_type <> 'PAYMENT'", "id", "operation_type = 'PAYMENT'")]
    [InlineData("state_changes", "operation_id = 0 OR state_change_reason <> 'DEBIT'", "operation_id",
        "operation_id <> 0 AND state_change_reason = 'DEBIT'")]
    public async Task RunAsync_RefusedRowOfAnOperation_NamesTransactionAndOperation(string table, string rule, string id, string refused)
    {
        (StellarNetwork network, _, List<byte[]> ledgers) = Network.Value;
        await using LiveBench undisturbed = await CreateAsync();
        await undisturbed.RunAsync(LiveBench.Source(ledgers), network);
        long first = await undisturbed.Database.QueryAsync<long>($"SELECT min({id}) FROM {table} WHERE {refused}");
        await using LiveBench bench = await CreateAsync();
        await bench.Database.ExecuteAsync($"ALTER TABLE {table} ADD CONSTRAINT none CHECK ({rule}) NOT VALID");

        // Whether the ledger came alone or with others.
        LiveException error = await Assert.ThrowsAsync<LiveException>(
            () => bench.RunAsync(LiveBench.Source(ledgers), network, LiveBench.Options with { CatchUpThreshold = 0 }));

        Assert.StartsWith(
            $"Ledger {Toid.LedgerOf(first)}, transaction {Toid.PlaceOfTransaction(first)}, operation {Toid.PlaceOfOperation(first)}, could "
                + "not be stored", error.Message, StringComparison.Ordinal);
        Assert.Equal(Toid.LedgerOf(first) - 1, await bench.CursorAsync());
    }

    [SkippableFact]
    public async Task RunAsync_AskedToStop_EndsAfterTheLedgerAtHand()
    {
        await using LiveBench bench = await CreateAsync();
        (StellarNetwork network, uint before, List<byte[]> ledgers) = Network.Value;
        using var stop = new CancellationTokenSource();
        using var source = new SwitchingSource(LiveBench.Source(ledgers), () => Task.CompletedTask) { After = 10, ThenWaits = true };
        Task<LiveReport> running = bench.RunAsync(source, network, stopping: stop.Token);
        await source.Waiting;
        await stop.CancelAsync();

        LiveReport report = await running;

        Assert.Equal(report.Last ?? before, await bench.CursorAsync());
        Assert.InRange(report.Ledgers, 0, 10);
        await bench.RunAsync(LiveBench.Source(ledgers), network);
        Assert.Equal(await Undisturbed.Value, await bench.DumpAsync());
    }

    internal static async Task<LiveBench> CreateAsync()
    {
        LiveBench bench = await LiveBench.CreateAsync();
        await bench.SetCursorAsync(Network.Value.Before);
        return bench;
    }
}
