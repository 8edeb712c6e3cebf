using Npgsql;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// The search path of every statement of this library, so that no function, operator, cast or type of another schema is used instead of
/// PostgreSQL's own.
/// </summary>
/// <remarks>
/// PostgreSQL takes the best match of all schemas in the path: an operator for exactly the argument types takes precedence over a built-in
/// one that needs a conversion. A role that may create objects in one of these schemas could thus run code with the loader's rights
/// (CVE-2018-1058). Table names are therefore always qualified, and the path contains only PostgreSQL's own schema. pg_temp is named so
/// that it is searched last, not first.
/// </remarks>
internal static class PinnedPath
{
    /// <summary>The path, as the server shows it.</summary>
    public const string Value = "pg_catalog, pg_temp";

    /// <summary>
    /// Sets the path until the transaction ends, and switches quote_all_identifiers off, because readers of the catalogue expect names
    /// that are quoted only where necessary. Uses only qualified names, so that no other schema can interfere.
    /// </summary>
    public const string SetLocal =
        $"SELECT pg_catalog.set_config('search_path', '{Value}', true), pg_catalog.set_config('quote_all_identifiers', 'off', true)";

    /// <summary>
    /// Sets the path for the statements of a migration, which name their tables without a schema: one schema, after PostgreSQL's own,
    /// which is always searched first unless the path names it.
    /// </summary>
    /// <param name="schema">The schema in which tables are created and looked up.</param>
    /// <param name="isLocal">True until the transaction ends; false for the session.</param>
    public static string SetFor(string schema, bool isLocal) =>
        $"SELECT pg_catalog.set_config('search_path', {ForeignKeys.SqlText.Literal(CopyTable.Quote(schema) + ", pg_temp")}, "
            + $"{(isLocal ? "true" : "false")})";

    /// <summary>
    /// A new command that sets the path until the transaction ends. Put it first in a batch: a batch is one transaction, explicit or
    /// implicit.
    /// </summary>
    public static NpgsqlBatchCommand Command() => new(SetLocal);

    /// <summary>
    /// Reads one value under the path, in a batch of its own, so that the path does not stay on a connection that a pooler may give to
    /// others.
    /// </summary>
    /// <param name="connection">An open connection, in a transaction or not.</param>
    /// <param name="command">The query.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The first value of the first row; null if there is none, or if it is NULL.</returns>
    public static Task<object?> ScalarAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        PinnedQuery.RunAsync(connection, command, FirstValueAsync, cancellationToken);

    private static async Task<object?> FirstValueAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        object? value = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetValue(0) : null;
        return value is DBNull ? null : value;
    }
}
