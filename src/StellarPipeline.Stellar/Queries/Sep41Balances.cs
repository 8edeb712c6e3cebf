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

    /// <summary>What an account or contract holds of SEP-41 tokens, in the order of their ids.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after">The place to go on behind, as <see cref="KeyedPage{TRow}.Next"/> of the page before; null for the
    /// beginning.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit or the place is none.</exception>
    public Task<KeyedPage<Sep41BalanceRow>> GetByAccountAsync(
        StellarAddress account, int limit = 50, string? after = null, CancellationToken cancellationToken = default) =>
            table.ByAccountAsync(account, limit, after, cancellationToken);

    private static Sep41BalanceRow Read(NpgsqlDataReader reader) => new(
        FieldText.Address(reader, 0), ContractTokens.Read(reader, 3), FieldText.Integer(reader, 1), reader.GetInt32(2));
}
