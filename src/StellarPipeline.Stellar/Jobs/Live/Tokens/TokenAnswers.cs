using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>Asks contracts for name, symbol and decimals, as SEP-41 has them. Safe for several callers.</summary>
/// <param name="reader">Whom contracts are asked through.</param>
internal sealed class TokenAnswers(RpcContractReader reader)
{
    /// <summary>Contracts that are asked at the same time.</summary>
    public const int Parallel = 8;

    /// <summary>Asks a contract.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    /// <returns>What it says; null where it is no token, or says what wallet-backend would not store.</returns>
    /// <exception cref="RpcException">No answer: it may be asked again.</exception>
    public async Task<TokenMetadata?> AskAsync(Hash256 contract, CancellationToken cancellationToken)
    {
        // Most contracts are no tokens: one question tells.
        if (await reader.CallAsync(contract, "decimals", cancellationToken).ConfigureAwait(false) is not { } decimals) return null;
        if (await reader.CallAsync(contract, "symbol", cancellationToken).ConfigureAwait(false) is not { } symbol) return null;
        if (await reader.CallAsync(contract, "name", cancellationToken).ConfigureAwait(false) is not { } name) return null;
        return TokenMetadata.OfAnswers(contract, name, symbol, decimals);
    }
}
