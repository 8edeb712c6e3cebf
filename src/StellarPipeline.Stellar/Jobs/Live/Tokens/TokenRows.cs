using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>Statements on rows of token contracts that <see cref="NewTokens"/> and <see cref="PendingTokens"/> share.</summary>
internal static class TokenRows
{
    /// <summary>The table of contracts that are still to be asked.</summary>
    public static CopyTable Pending { get; } = new("token_metadata_pending", "contract_id", "since_ledger", "tries", "last_error");

    /// <summary>The address of a contract, as stored in the tables.</summary>
    public static string Address(in Hash256 contract) => StrKey.Encode(StrKeyKind.Contract, contract);

    /// <summary>
    /// Sets name, symbol and decimals of contracts that have none. Their type stays: only wallet-backend's classification decides what a
    /// contract is. Rows of asset contracts are not changed.
    /// </summary>
    public static Task<long> DescribeAsync(
        LoadTransaction load, IReadOnlyList<TokenMetadata> tokens, CancellationToken cancellationToken) => load.RunAsync(
        $"""
        UPDATE {load.Resolve(WalletTables.ContractTokens).QualifiedName} AS t
        SET name = k.name, symbol = k.symbol, decimals = k.decimals
        FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[]),
          pg_catalog.unnest($4::integer[])) AS k(contract_id, name, symbol, decimals)
        WHERE t.contract_id = k.contract_id AND t.name IS NULL AND t.type <> 'SAC'
        """,
        [
            tokens.Select(static token => Address(token.Contract)).ToArray(), tokens.Select(static token => token.Name).ToArray(),
            tokens.Select(static token => token.Symbol).ToArray(), tokens.Select(static token => token.Decimals).ToArray(),
        ],
        cancellationToken);
}
