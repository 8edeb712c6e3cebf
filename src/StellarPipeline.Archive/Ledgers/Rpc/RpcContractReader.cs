using System.Text.Json;
using Microsoft.Extensions.Logging;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>Asks contracts what they say of themselves, by the method simulateTransaction of a stellar-rpc server.</summary>
/// <remarks>Nothing is sent to the network. Safe for several callers.</remarks>
public sealed class RpcContractReader : IDisposable
{
    private readonly RpcClient client;
    private readonly RpcOptions options;
    private volatile bool isNetworkKnown;

    /// <summary>Names the server.</summary>
    /// <param name="address">Its http or https URL.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    /// <param name="logger">Told of every try that failed; null for nobody.</param>
    public RpcContractReader(Uri address, RpcOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        this.options = options ?? new RpcOptions();
        this.options.Validate();
        client = new RpcClient(address, this.options, logger);
    }

    /// <summary>The server, for messages: without secrets.</summary>
    public string Location => client.Server;

    /// <summary>Calls a function that takes no arguments.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The encoded ScVal that it gives; null if the contract has no such function, or fails.</returns>
    /// <exception cref="RpcException">The server gives no answer, or none that can be used: the contract may be asked again.</exception>
    /// <exception cref="LedgerException">The server is of another network.</exception>
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

    /// <summary>Ends the connections.</summary>
    public void Dispose() => client.Dispose();

    // A simulation that fails is an answer, with the member error instead of results.
    private static byte[]? Value(JsonElement result)
    {
        if (result.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String) return null;
        JsonElement results = result.GetProperty("results");
        if (results.GetArrayLength() != 1) throw new FormatException($"it holds {results.GetArrayLength()} results of one call.");
        byte[] value = results[0].GetProperty("xdr").GetBytesFromBase64();
        if (value.Length is 0 || value.Length % 4 != 0) throw new FormatException($"a result of {value.Length} bytes is no XDR.");
        return value;
    }
}
