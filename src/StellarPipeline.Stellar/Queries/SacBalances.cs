using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table sac_balances.</summary>
public sealed class SacBalances
{
    private readonly OwnedRows<SacBalanceRow> table;

    internal SacBalances(QueryRunner runner) => table = new OwnedRows<SacBalanceRow>
    {
        Runner = runner,
        Table = "sac_balances",
        Mark = "sb",
        Key = "contract_id",
        Columns =
            "b.account_id, b.balance::text, b.is_authorized, b.is_clawback_enabled, b.last_modified_ledger, p.id, p.contract_id, p.type, "
                + "p.code, p.issuer, p.name, p.symbol, p.decimals",
        Parent = "contract_tokens",
        Read = Read,
        KeyOf = row => row.Token.Id.ToString("N"),
    };

    /// <summary>The balances of a contract in asset contracts, ordered by the ids of the tokens.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after"><see cref="KeyedPage{TRow}.Next"/> of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the cursor is not valid.</exception>
    public Task<KeyedPage<SacBalanceRow>> GetByAccountAsync(
        StellarAddress account, int limit = 50, string? after = null, CancellationToken cancellationToken = default) =>
            table.ByAccountAsync(account, limit, after, cancellationToken);

    private static SacBalanceRow Read(NpgsqlDataReader reader) => new(
        FieldText.Address(reader, 0), ContractTokens.Read(reader, 5), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3),
        reader.GetInt32(4));
}
