using Npgsql;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// The search path that every statement of this library works under, so that nobody's function, operator, cast or type is found in place of
/// PostgreSQL's.
/// </summary>
/// <remarks>
/// PostgreSQL takes the best match of all schemas in the path: an operator for exactly the argument types wins over a built-in one that
/// needs a conversion. Whoever may create in one of these schemas could so have code run with the loader's rights (CVE-2018-1058). Names of
/// tables are therefore always qualified, and the path holds nothing but PostgreSQL's own schema; pg_temp is named so that it is searched
/// last, and not first.
/// </remarks>
internal static class PinnedPath
{
    /// <summary>The path, as the server shows it.</summary>
    public const string Value = "pg_catalog, pg_temp";

    /// <summary>
    /// Sets it until the transaction ends, and has the server write names as its catalogue's readers here know them. Calls nothing that
    /// another schema could give.
    /// </summary>
    public const string SetLocal =
        $"SELECT pg_catalog.set_config('search_path', '{Value}', true), pg_catalog.set_config('quote_all_identifiers', 'off', true)";

    /// <summary>
    /// Sets the path under which the statements of a migration run, which name their tables without schema: that schema alone, behind
    /// PostgreSQL's own, which is searched first unless named.
    /// </summary>
    /// <param name="schema">Where tables are made and looked up.</param>
    /// <param name="isLocal">Until the transaction ends, or for the session.</param>
    public static string SetFor(string schema, bool isLocal) =>
        $"SELECT pg_catalog.set_config('search_path', {ForeignKeys.SqlText.Literal(CopyTable.Quote(schema) + ", pg_temp")}, "
            + $"{(isLocal ? "true" : "false")})";

    /// <summary>
    /// A new command that sets it until the transaction ends, to stand in front of others in one batch: a batch is one transaction, open or
    /// implied.
    /// </summary>
    public static NpgsqlBatchCommand Command() => new(SetLocal);

    /// <summary>
    /// Reads one value under the path, in a batch of its own: nothing of it stays on a connection that a pooler may give to others.
    /// </summary>
    /// <param name="connection">An open connection, in a transaction or not.</param>
    /// <param name="command">The query.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The first value of the first row; null where there is none.</returns>
    public static Task<object?> ScalarAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        PinnedQuery.RunAsync(connection, command, FirstValueAsync, cancellationToken);

    private static async Task<object?> FirstValueAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        object? value = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetValue(0) : null;
        return value is DBNull ? null : value;
    }
}
