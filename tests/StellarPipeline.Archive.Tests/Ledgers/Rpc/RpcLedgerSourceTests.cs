using System.Net;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Ledgers.Rpc;

/// <summary>Ledgers by JSON-RPC, from a server that answers well, late, half, wrongly or not at all.</summary>
public sealed class RpcLedgerSourceTests : IAsyncDisposable
{
    private readonly RpcServer server = new();

    private RpcOptions Options { get; } = new()
    {
        NetworkPassphrase = LedgerSamples.Passphrase,
        PageLedgers = 7,
        Attempts = 4,
        Backoff = Backoff.Steady(TimeSpan.FromMilliseconds(5)),
        TipPause = TimeSpan.FromMilliseconds(10),
        AnswerTimeout = TimeSpan.FromSeconds(20),
    };

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task ReadAsync_SeveralPages_GivesEveryLedgerOnceInOrder()
    {
        await using RpcLedgerSource source = Source();

        Assert.Equal(LedgerSamples.Numbers(1003, 1040), await source.ReadAsync(1003, 1040));

        Assert.Equal(6, server.Pages);
        Assert.Equal(1050u, source.Tip);
    }

    [Fact]
    public async Task ReadAsync_BeyondTheTip_WaitsForTheNetwork()
    {
        await using RpcLedgerSource source = Source();
        List<uint> read = [];
        Task reading = source.ReadAsync(1045, 1060, read);
        while (read.Count < 6 && !reading.IsCompleted) await Task.Delay(10);

        server.Latest = 1060;
        await reading;

        Assert.Equal(LedgerSamples.Numbers(1045, 1060), read);
    }

    [Fact]
    public async Task ReadAsync_LedgerIsNoLongerKept_IsNamed()
    {
        server.Oldest = 1020;
        await using RpcLedgerSource source = Source();

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => source.ReadAsync(1010, 1030));

        Assert.Equal(LedgerErrorCode.Retention, error.Code);
        Assert.Contains("keeps only ledgers 1020 to 1050; ledger 1010 is no longer available", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_ServerOfAnotherNetwork_IsRefused()
    {
        server.Passphrase = "Another Network";
        await using RpcLedgerSource source = Source();

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => source.ReadAsync(1000, 1001));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Another Network", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Faults { get; } =
        ["status", "cut", "empty", "not json", "other id", "wrong ledger", "not base64", "not a ledger", "behind"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task ReadAsync_AnswerIsSpoiltOnce_IsAskedForAgain(string fault)
    {
        server.Faults.Enqueue(null);
        server.Faults.Enqueue((response, answer) => SpoilAsync(fault, response, answer));
        await using RpcLedgerSource source = Source();

        Assert.Equal(LedgerSamples.Numbers(1000, 1029), await source.ReadAsync(1000, 1029));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task ReadAsync_AnswerIsAlwaysSpoilt_IsOneClearError(string fault)
    {
        for (int answer = 0; answer < 100; answer++) server.Faults.Enqueue((response, text) => SpoilAsync(fault, response, text));
        await using RpcLedgerSource source = Source();

        PipelineException error = await Assert.ThrowsAnyAsync<PipelineException>(() => source.ReadAsync(1000, 1029));

        Assert.Contains($"127.0.0.1:{server.Address.Port}", error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Archive, error.Kind);
    }

    [Fact]
    public async Task ReadAsync_AnswerComesTooLate_IsAskedForAgain()
    {
        server.Faults.Enqueue(async (response, answer) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2));
            response.Abort();
        });
        await using var source =
            new RpcLedgerSource(server.Address, Options with { AnswerTimeout = TimeSpan.FromSeconds(0.5), Attempts = 100 });

        Assert.Equal(LedgerSamples.Numbers(1000, 1010), await source.ReadAsync(1000, 1010));
    }

    [Fact]
    public async Task ReadAsync_AnswerIsTooLong_SaysWhatToDo()
    {
        await using var source = new RpcLedgerSource(server.Address, Options with { MaxAnswerBytes = 4 << 10 });

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => source.ReadAsync(1000, 1010));

        Assert.Contains("Request fewer ledgers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_PasswordInTheAddress_IsInNoMessage()
    {
        await server.DisposeAsync();
        await using var source = new RpcLedgerSource(new UriBuilder(server.Address) { UserName = "me", Password = "secret" }.Uri, Options);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => source.ReadAsync(1000, 1010));

        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", source.Location, StringComparison.Ordinal);
    }

    private RpcLedgerSource Source() => new(server.Address, Options);

    private async Task SpoilAsync(string fault, HttpListenerResponse response, string answer)
    {
        switch (fault)
        {
            case "status":
                response.StatusCode = 503;
                response.Close();
                return;
            case "cut":
                response.ContentLength64 = answer.Length;
                await response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(answer[..(answer.Length / 2)]));
                response.Abort();
                return;
            case "empty": await RpcServer.WriteAsync(response, ""); return;
            case "not json": await RpcServer.WriteAsync(response, "<html>busy</html>"); return;
            case "other id": await RpcServer.WriteAsync(response, answer.Replace("\"id\":", "\"id\":9", StringComparison.Ordinal)); return;
            case "wrong ledger":
                await RpcServer.WriteAsync(response, answer.Replace("\"sequence\":1", "\"sequence\":2", StringComparison.Ordinal)); return;
            case "not base64":
                await RpcServer.WriteAsync(response, answer.Replace("\"metadataXdr\":\"", "\"metadataXdr\":\"*", StringComparison.Ordinal));
                return;
            case "not a ledger":
                await RpcServer.WriteAsync(
                    response, answer.Replace("\"metadataXdr\":\"AAAA", "\"metadataXdr\":\"////", StringComparison.Ordinal)); return;
            default:
                string id = answer.Split("\"id\":")[1].Split(',')[0];
                await RpcServer.WriteAsync(
                    response, "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"ledgers\":[],\"latestLedger\":" + server.Latest + "}}");
                return;
        }
    }
}
