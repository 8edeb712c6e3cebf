using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Network;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Tests.Jobs.Live;

/// <summary>New contracts and what they say of themselves: at once, later, or never, whatever the server of the questions does.</summary>
public sealed class LiveTokenTests : IAsyncDisposable
{
    private const string Described = "SELECT contract_id, name, symbol, decimals FROM contract_tokens WHERE name LIKE 'Token%' ORDER BY 1";
    private const string Pending = "SELECT contract_id FROM token_metadata_pending ORDER BY 1";

    private static readonly Lazy<(StellarNetwork Network, uint Before, List<byte[]> Ledgers)> Network = new(static () =>
    {
        // Mostly contract calls, some of which deploy contracts.
        SimulatedNetwork network = SimulatedNetworks.Create(3);
        uint before = network.Ledger;
        return (StellarNetwork.Parse(network.Passphrase), before,
            [.. network.Advance(16).Select(static ledger => ledger.CloseMeta.ToArray())]);
    });

    private readonly TokenServer server = new()
    {
        Passphrase = Network.Value.Network.Passphrase,
        Token = static contract => contract[0] < '8' ? ($"Token {contract[..4]}", contract[..3], 5) : null,
    };

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [SkippableFact]
    public async Task RunAsync_WithoutServer_ListsThemAndALaterRunCompletesThem()
    {
        await using LiveBench bench = await CreateAsync();

        await RunAsync(bench, null);
        List<string> pending = await bench.Database.RowsAsync(Pending);
        List<string> undescribed = await bench.Database.RowsAsync(Described);
        await RunAsync(bench, Reader());

        Assert.NotEmpty(pending);
        Assert.Empty(undescribed);
        Assert.Empty(await bench.Database.RowsAsync(Pending));
        Assert.Equal(Expected(pending), await bench.Database.RowsAsync(Described));
    }

    [SkippableFact]
    public async Task RunAsync_WithServer_DescribesThemInTheTransactionOfTheirLedger()
    {
        await using LiveBench later = await CreateAsync();
        await RunAsync(later, null);
        List<string> contracts = await later.Database.RowsAsync(Pending);
        await using LiveBench bench = await CreateAsync();

        // A contract that does not answer in time would be asked again later.
        await RunAsync(bench, Reader(), LiveBench.Options with { ContractPatience = TimeSpan.FromMinutes(5) });

        Assert.Equal(Expected(contracts), await bench.Database.RowsAsync(Described));
        Assert.Empty(await bench.Database.RowsAsync(Pending));
        // Each once, whatever the number of ledgers that write its instance.
        Assert.Equal(server.Questions.Distinct().Count(), server.Questions.Count);
        Assert.Equal("UNKNOWN", await bench.Database.QueryAsync<string>(
            "SELECT string_agg(DISTINCT type, ' ') FROM contract_tokens WHERE name LIKE 'Token%'"));
    }

    [SkippableTheory]
    [InlineData("status")]
    [InlineData("cut")]
    [InlineData("not json")]
    [InlineData("no results")]
    public async Task RunAsync_ServerAnswersWrongly_LedgersAreStoredAndALaterRunCompletesThem(string fault)
    {
        await using LiveBench bench = await CreateAsync();
        for (int answer = 0; answer < 2_000; answer++)
            server.Faults.Enqueue((response, text) => TokenServer.SpoilAsync(fault, response, text));

        LiveReport report = await RunAsync(bench, Reader());
        List<string> pending = await bench.Database.RowsAsync(Pending);
        server.Faults.Clear();
        await RunAsync(bench, Reader());

        Assert.Equal(Network.Value.Ledgers.Count, report.Ledgers);
        Assert.NotEmpty(pending);
        Assert.Equal(Expected(pending), await bench.Database.RowsAsync(Described));
        Assert.Empty(await bench.Database.RowsAsync(Pending));
    }

    [SkippableFact]
    public async Task RunAsync_ServerAnswersTooLate_LedgersDoNotWait()
    {
        await using LiveBench bench = await CreateAsync();
        using var late = new CancellationTokenSource();
        for (int answer = 0; answer < 100; answer++)
        {
            server.Faults.Enqueue(async (response, _) =>
            {
                // Until the ledgers are stored.
                await Task.Delay(Timeout.InfiniteTimeSpan, late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                response.Abort();
            });
        }

        Task<LiveReport> running = RunAsync(bench, Reader(), LiveBench.Options with { ContractPatience = TimeSpan.FromMilliseconds(50) });
        while (await bench.CursorAsync() < Network.Value.Before + Network.Value.Ledgers.Count && !running.IsCompleted) await Task.Delay(20);
        List<string> pending = await bench.Database.RowsAsync(Pending);
        server.Faults.Clear();
        await late.CancelAsync();
        await running;

        Assert.NotEmpty(pending);
        Assert.Equal(Expected(pending), await bench.Database.RowsAsync(Described));
    }

    private static async Task<LiveBench> CreateAsync()
    {
        LiveBench bench = await LiveBench.CreateAsync();
        await bench.SetCursorAsync(Network.Value.Before);
        return bench;
    }

    // The source has ledgers that are stored already, too: a run that has none left still completes what is pending.
    private static async Task<LiveReport> RunAsync(LiveBench bench, RpcContractReader? reader, LiveOptions? options = null)
    {
        using (reader)
        {
            return await bench.RunAsync(
                LiveBench.Source(Network.Value.Ledgers), Network.Value.Network, (options ?? LiveBench.Options) with { Contracts = reader });
        }
    }

    private RpcContractReader Reader() => new(server.Address, new RpcOptions
    {
        NetworkPassphrase = Network.Value.Network.Passphrase,
        Attempts = 2,
        Backoff = Backoff.Steady(TimeSpan.FromMilliseconds(5)),
        AnswerTimeout = TimeSpan.FromMinutes(2),
    });

    private List<string> Expected(IEnumerable<string> contracts) =>
        [.. contracts.Select(address =>
        {
            string contract = Convert.ToHexStringLower(StrKey.Decode(StrKeyKind.Contract, address));
            return server.Token(contract) is { } token ? $"{address}|{token.Name}|{token.Symbol}|{token.Decimals}" : "";
        }).Where(static row => row.Length > 0)];
}
