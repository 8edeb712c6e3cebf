using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>
/// Reads the table account_contract_tokens, which only older versions of wallet-backend fill: the tokens that an account has used.
/// </summary>
public sealed class AccountContractTokens
{
    private readonly OwnedRows<ContractTokenRow> table;

    internal AccountContractTokens(QueryRunner runner) => table = new OwnedRows<ContractTokenRow>
    {
        Runner = runner,
        Table = "account_contract_tokens",
        Mark = "ct",
        Owner = "account_address",
        OwnerIsText = true,
        Key = "contract_id",
        Columns = "p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals",
        Parent = "contract_tokens",
        Read = Read,
        KeyOf = row => row.Id.ToString("N"),
    };

    /// <summary>The tokens of an account, ordered by id.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after"><see cref="KeyedPage{TRow}.Next"/> of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the cursor is not valid.</exception>
    public Task<KeyedPage<ContractTokenRow>> GetByAccountAsync(
        StellarAddress account, int limit = 50, string? after = null, CancellationToken cancellationToken = default) =>
            table.ByAccountAsync(account, limit, after, cancellationToken);

    private static ContractTokenRow Read(NpgsqlDataReader reader) => ContractTokens.Read(reader, 0);
}
