using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table sep41_balances.</summary>
public sealed class Sep41Balances
{
    private readonly OwnedRows<Sep41BalanceRow> table;

    internal Sep41Balances(QueryRunner runner) => table = new OwnedRows<Sep41BalanceRow>
    {
        Runner = runner,
        Table = "sep41_balances",
        Mark = "tb",
        Key = "contract_id",
        Columns =
            "b.account_id, b.balance::text, b.last_modified_ledger, p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, "
                + "p.decimals",
        Parent = "contract_tokens",
        Read = Read,
        KeyOf = row => row.Token.Id.ToString("N"),
    };

    /// <summary>The SEP-41 token balances of an account or contract, ordered by the ids of the tokens.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after"><see cref="KeyedPage{TRow}.Next"/> of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the cursor is not valid.</exception>
    public Task<KeyedPage<Sep41BalanceRow>> GetByAccountAsync(
        StellarAddress account, int limit = 50, string? after = null, CancellationToken cancellationToken = default) =>
            table.ByAccountAsync(account, limit, after, cancellationToken);

    private static Sep41BalanceRow Read(NpgsqlDataReader reader) => new(
        FieldText.Address(reader, 0), ContractTokens.Read(reader, 3), FieldText.Integer(reader, 1), reader.GetInt32(2));
}
