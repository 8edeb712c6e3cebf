using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Settings for the queries of a preflight: the server joins the catalogue in the order in which they are written, from the tables of the
/// load outwards, and does not compile them.
/// </summary>
/// <remarks>
/// These queries join up to a dozen catalogue tables. Searching for the best order takes the planner longer than the queries themselves:
/// measured with PostgreSQL 15, reading the catalogue of the wallet tables in a new session took 105 ms, and 80 ms in the written order.
/// With some thousand partitions or chunks in the database, the planner overestimates the recursive ones so much that it compiles them,
/// which took a second for a query of 40 ms.
/// </remarks>
internal sealed class CatalogQueries
{
    private const string Show = "SELECT pg_catalog.current_setting('join_collapse_limit'), pg_catalog.current_setting('jit')";
    private readonly (string JoinLimit, string Jit) before;

    private CatalogQueries((string JoinLimit, string Jit) before) => this.before = before;

    /// <summary>Changes the settings until <see cref="LeaveAsync"/> or the end of the transaction.</summary>
    public static async Task<CatalogQueries> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<(string, string)> before = await Sql.RowsAsync(
            connection, Show, row => (row.GetString(0), row.GetString(1)), cancellationToken).ConfigureAwait(false);
        await SetAsync(connection, ("1", "off"), cancellationToken).ConfigureAwait(false);
        return new CatalogQueries(before[0]);
    }

    /// <summary>Restores the settings: the queries of callers, and those that read rows, are planned as in any session.</summary>
    public Task LeaveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, before, cancellationToken);

    private static Task SetAsync(
        NpgsqlConnection connection, (string JoinLimit, string Jit) settings, CancellationToken cancellationToken) =>
            Sql.ExecuteAsync(
                connection,
                "SELECT pg_catalog.set_config('join_collapse_limit', " + SqlText.Literal(settings.JoinLimit)
                    + ", true), pg_catalog.set_config('jit', " + SqlText.Literal(settings.Jit) + ", true)", cancellationToken);
}
