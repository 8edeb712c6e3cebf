using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table trustline_balances.</summary>
public sealed class TrustlineBalances
{
    private readonly OwnedRows<TrustlineBalanceRow> table;

    internal TrustlineBalances(QueryRunner runner) => table = new OwnedRows<TrustlineBalanceRow>
    {
        Runner = runner,
        Table = "trustline_balances",
        Mark = "tl",
        Key = "asset_id",
        Columns =
            "b.account_id, b.asset_id, p.code, p.issuer, b.balance, b.trust_limit, b.buying_liabilities, b.selling_liabilities, b.flags, "
                + "b.last_modified_ledger",
        Parent = "trustline_assets",
        Read = Read,
        KeyOf = row => row.AssetId.ToString("N"),
    };

    /// <summary>The trustlines of an account, ordered by the ids of their assets.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after"><see cref="KeyedPage{TRow}.Next"/> of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the cursor is not valid.</exception>
    public Task<KeyedPage<TrustlineBalanceRow>> GetByAccountAsync(
        StellarAddress account, int limit = 50, string? after = null, CancellationToken cancellationToken = default) =>
            table.ByAccountAsync(account, limit, after, cancellationToken);

    private static TrustlineBalanceRow Read(NpgsqlDataReader reader) => new(
        FieldText.Address(reader, 0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5),
        reader.GetInt64(6), reader.GetInt64(7),
        reader.GetInt32(8), reader.GetInt64(9));
}
