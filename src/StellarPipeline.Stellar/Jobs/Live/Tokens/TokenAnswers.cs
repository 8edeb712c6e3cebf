using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>Asks contracts for name, symbol and decimals (SEP-41). Safe for several callers.</summary>
/// <param name="reader">Calls contracts through an RPC server.</param>
internal sealed class TokenAnswers(RpcContractReader reader)
{
    /// <summary>Number of contracts that are asked at the same time.</summary>
    public const int Parallel = 8;

    /// <summary>Asks a contract.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Its answers; null if it is no token, or if wallet-backend would not store the answers.</returns>
    /// <exception cref="RpcException">There was no answer: the contract may be asked again.</exception>
    public async Task<TokenMetadata?> AskAsync(Hash256 contract, CancellationToken cancellationToken)
    {
        // Most contracts are no tokens: one call shows that.
        if (await reader.CallAsync(contract, "decimals", cancellationToken).ConfigureAwait(false) is not { } decimals) return null;
        if (await reader.CallAsync(contract, "symbol", cancellationToken).ConfigureAwait(false) is not { } symbol) return null;
        if (await reader.CallAsync(contract, "name", cancellationToken).ConfigureAwait(false) is not { } name) return null;
        return TokenMetadata.OfAnswers(contract, name, symbol, decimals);
    }
}
