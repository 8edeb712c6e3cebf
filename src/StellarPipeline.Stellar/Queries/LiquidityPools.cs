using Npgsql;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table liquidity_pools.</summary>
public sealed class LiquidityPools
{
    // By the primary key.
    private static readonly Query ByIds = new(
        "liquidity_pools.by_ids",
        "liquidity_pools",
        """
        SELECT p.pool_id, p.asset_a, p.amount_a, p.asset_b, p.amount_b, p.last_modified_ledger
        FROM {schema}."liquidity_pools" AS p
        WHERE p.pool_id = ANY ($1)
        """);

    private readonly QueryRunner runner;

    internal LiquidityPools(QueryRunner runner) => this.runner = runner;

    /// <summary>Pools by their ids.</summary>
    /// <param name="pools">Ids, 64 lower-case hexadecimal digits each.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The pools by id. Pools without a row are missing.</returns>
    public Task<IReadOnlyDictionary<string, LiquidityPoolRow>> GetByIdsAsync(
        IEnumerable<string> pools, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pools);
        var arguments = new Arguments();
        arguments.Add([.. pools.Distinct()]);
        return runner.RunAsync<IReadOnlyDictionary<string, LiquidityPoolRow>>(ByIds, arguments.Values, async (reader, token) =>
        {
            var rows = new Dictionary<string, LiquidityPoolRow>(StringComparer.Ordinal);
            while (await reader.ReadAsync(token).ConfigureAwait(false))
            {
                LiquidityPoolRow row = Read(reader, 0);
                rows.Add(row.PoolId, row);
            }

            return rows;
        }, cancellationToken);
    }

    /// <summary>Reads a row.</summary>
    internal static LiquidityPoolRow Read(NpgsqlDataReader reader, int first) => new(
        reader.GetString(first), reader.GetString(first + 1), reader.GetInt64(first + 2), reader.GetString(first + 3),
        reader.GetInt64(first + 4), reader.GetInt64(first + 5));
}
