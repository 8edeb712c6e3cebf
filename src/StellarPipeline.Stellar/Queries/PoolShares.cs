using Npgsql;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table liquidity_pool_balances.</summary>
public sealed class PoolShares
{
    private readonly OwnedRows<PoolShareRow> table;

    internal PoolShares(QueryRunner runner) => table = new OwnedRows<PoolShareRow>
    {
        Runner = runner,
        Table = "liquidity_pool_balances",
        Mark = "ps",
        KeyIsUuid = false,
        ParentKey = "pool_id",
        Key = "pool_id",
        Columns =
            "b.account_id, b.pool_id, b.shares, b.last_modified_ledger, p.pool_id, p.asset_a, p.amount_a, p.asset_b, p.amount_b, "
                + "p.last_modified_ledger",
        Parent = "liquidity_pools",
        Read = Read,
        KeyOf = row => row.PoolId,
    };

    /// <summary>The pool shares of an account, ordered by the ids of their pools.</summary>
    /// <param name="account">The account or contract.</param>
    /// <param name="limit">Most rows, 1 to 1,000.</param>
    /// <param name="after"><see cref="KeyedPage{TRow}.Next"/> of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page.</returns>
    /// <exception cref="QueryInputException">The limit is not 1 to 1,000, or the cursor is not valid.</exception>
    public Task<KeyedPage<PoolShareRow>> GetByAccountAsync(
        StellarAddress account, int limit = 50, string? after = null, CancellationToken cancellationToken = default) =>
            table.ByAccountAsync(account, limit, after, cancellationToken);

    private static PoolShareRow Read(NpgsqlDataReader reader) => new(
        FieldText.Address(reader, 0), reader.GetString(1), reader.GetInt64(2), reader.IsDBNull(4) ? null : LiquidityPools.Read(reader, 4),
        reader.GetInt64(3));
}
