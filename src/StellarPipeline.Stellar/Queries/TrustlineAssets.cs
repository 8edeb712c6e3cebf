using Npgsql;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table trustline_assets, and totals of an asset's trustlines.</summary>
public sealed class TrustlineAssets
{
    private const string Table = "trustline_assets";

    // By the unique index on (code, issuer).
    private static readonly Query ByAsset = new(
        "trustline_assets.get", Table, "SELECT id FROM {schema}.\"trustline_assets\" WHERE code = $1 AND issuer = $2");

    // No index of trustline_balances begins with the asset: all rows are read, which takes some seconds on a whole network. For people, not
    // for an API.
    private static readonly Query Totals = new(
        "trustline_balances.totals",
        "trustline_balances",
        """
        SELECT count(*), coalesce(sum(balance), 0)::text, count(*) FILTER (WHERE balance > 0)
        FROM {schema}."trustline_balances" WHERE asset_id = $1
        """);

    private readonly QueryRunner runner;

    internal TrustlineAssets(QueryRunner runner) => this.runner = runner;

    /// <summary>The id of an asset.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="issuer">Its issuer (G…).</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The id; null if no trustline has ever named the asset.</returns>
    public Task<Guid?> GetAsync(string code, string issuer, CancellationToken cancellationToken = default)
    {
        var arguments = new Arguments();
        arguments.Add(code);
        arguments.Add(issuer);
        return runner.RunAsync<Guid?>(
            ByAsset, arguments.Values,
            async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) ? reader.GetGuid(0) : null, cancellationToken);
    }

    /// <summary>Counts the trustlines of an asset and adds them up. Reads the whole table of trustlines.</summary>
    /// <param name="asset">Id of the asset.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Number of trustlines; number of those with a balance; sum of the balances, in units of 10⁻⁷.</returns>
    public Task<(long Trustlines, long Holders, System.Numerics.BigInteger Sum)> GetTotalsAsync(
        Guid asset, CancellationToken cancellationToken = default)
    {
        var arguments = new Arguments();
        arguments.Add(asset);
        return runner.RunAsync(Totals, arguments.Values, TotalsAsync, cancellationToken);
    }

    private static async Task<(long Trustlines, long Holders, System.Numerics.BigInteger Sum)> TotalsAsync(
        NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.GetInt64(0), reader.GetInt64(2), Rows.FieldText.Integer(reader, 1));
    }
}
