using System.Text.Json;
using Microsoft.Extensions.Logging;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>Reads what contracts report about themselves, with the method simulateTransaction of a stellar-rpc server.</summary>
/// <remarks>Nothing is submitted to the network. Thread-safe.</remarks>
public sealed class RpcContractReader : IDisposable
{
    private readonly RpcClient client;
    private readonly RpcOptions options;
    private volatile bool isNetworkKnown;

    /// <summary>Creates a reader for a server.</summary>
    /// <param name="address">Its http or https URL.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="logger">Receives every failed attempt; null for none.</param>
    public RpcContractReader(Uri address, RpcOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        this.options = options ?? new RpcOptions();
        this.options.Validate();
        client = new RpcClient(address, this.options, logger);
    }

    /// <summary>The server, for messages: without secrets.</summary>
    public string Location => client.Server;

    /// <summary>Calls a function without arguments.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The encoded ScVal that it returns; null if the contract has no such function, or the call fails.</returns>
    /// <exception cref="RpcException">There is no usable response; the call may be repeated.</exception>
    /// <exception cref="LedgerException">The server belongs to another network.</exception>
    public async Task<byte[]?> CallAsync(Hash256 contract, string function, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (!isNetworkKnown && options.NetworkPassphrase is { } wanted)
        {
            await client.RequireNetworkAsync(wanted, cancellationToken).ConfigureAwait(false);
            isNetworkKnown = true;
        }

        string transaction = Convert.ToBase64String(ContractCall.Encode(contract, function));
        return await client.AskAsync("simulateTransaction", json => json.WriteString("transaction", transaction), Value, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => client.Dispose();

    // A failed simulation is a valid response, with the member error instead of results.
    private static byte[]? Value(JsonElement result)
    {
        if (result.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String) return null;
        JsonElement results = result.GetProperty("results");
        if (results.GetArrayLength() != 1) throw new FormatException($"it has {results.GetArrayLength()} results for one call.");
        byte[] value = results[0].GetProperty("xdr").GetBytesFromBase64();
        if (value.Length is 0 || value.Length % 4 != 0) throw new FormatException($"a result of {value.Length} bytes is not XDR.");
        return value;
    }
}
