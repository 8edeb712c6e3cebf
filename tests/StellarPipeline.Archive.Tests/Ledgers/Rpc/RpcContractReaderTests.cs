using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Dataflow;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Ledgers.Rpc;

/// <summary>Contracts that are asked by simulateTransaction, through a server that answers well, late, half, wrongly or not at all.</summary>
public sealed class RpcContractReaderTests : IAsyncDisposable
{
    private static readonly Hash256 Contract = Hash256.Of([1, 2, 3]);

    private readonly TokenServer server = new() { Passphrase = "A Network", Token = static _ => ("A token", "TOK", 7) };

    private RpcOptions Options { get; } = new()
    {
        NetworkPassphrase = "A Network",
        Attempts = 3,
        Backoff = Backoff.Steady(TimeSpan.FromMilliseconds(5)),
        AnswerTimeout = TimeSpan.FromSeconds(20),
    };

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task CallAsync_FunctionOfAContract_GivesItsValue()
    {
        using var reader = new RpcContractReader(server.Address, Options);

        byte[]? value = await reader.CallAsync(Contract, "symbol");

        Assert.Equal("0000000e00000003544f4b00", Convert.ToHexStringLower(value!));
        Assert.Equal([$"{Contract} symbol"], server.Questions);
    }

    [Fact]
    public async Task CallAsync_AnyFunction_IsAWholeEnvelopeOfOneCall()
    {
        using var reader = new RpcContractReader(server.Address, Options);

        await reader.CallAsync(Contract, "decimals");

        // The decoder of the model, which shares nothing with the encoder.
        XdrIn xdr = new(server.LastTransaction);
        var envelope = Envelope.Read(xdr);
        Assert.Equal(server.LastTransaction.Length, xdr.At);
        Operation operation = Assert.Single(envelope.Operations);
        Assert.IsType<OperationBody.Invoke>(operation.Body);
        Assert.False(envelope.HasSorobanData);
    }

    [Fact]
    public async Task CallAsync_ContractFails_IsNull()
    {
        server.Token = static _ => null;
        using var reader = new RpcContractReader(server.Address, Options);

        Assert.Null(await reader.CallAsync(Contract, "name"));
        Assert.Single(server.Questions);
    }

    public static TheoryData<string> Faults { get; } = ["status", "cut", "not json", "other id", "no results", "not base64", "not xdr"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task CallAsync_AnswerIsSpoiltOnce_IsAskedForAgain(string fault)
    {
        server.Faults.Enqueue((response, answer) => TokenServer.SpoilAsync(fault, response, answer));
        using var reader = new RpcContractReader(server.Address, Options);

        Assert.NotNull(await reader.CallAsync(Contract, "name"));
        Assert.Equal(2, server.Questions.Count);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task CallAsync_AnswerIsAlwaysSpoilt_IsOneClearError(string fault)
    {
        for (int answer = 0; answer < 10; answer++)
            server.Faults.Enqueue((response, text) => TokenServer.SpoilAsync(fault, response, text));
        using var reader = new RpcContractReader(server.Address, Options);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => reader.CallAsync(Contract, "name"));

        Assert.Contains($"127.0.0.1:{server.Address.Port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("simulateTransaction", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallAsync_ServerOfAnotherNetwork_IsRefusedBeforeAnyCall()
    {
        server.Passphrase = "Another Network";
        using var reader = new RpcContractReader(server.Address, Options);

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => reader.CallAsync(Contract, "name"));

        Assert.Equal(LedgerErrorCode.Network, error.Code);
        Assert.Empty(server.Questions);
    }
}
