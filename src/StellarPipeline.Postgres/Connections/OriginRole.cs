using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Sets <c>session_replication_role = origin</c> for DDL statements, and checks that the server applied it.</summary>
/// <remarks>
/// Under <c>replica</c>, TimescaleDB silently creates plain tables instead of hypertables, and <c>DROP TABLE</c> leaves its catalogue
/// inconsistent. A role or a database may have <c>replica</c> as its default.
/// </remarks>
internal static class OriginRole
{
    private const string Parameter = "session_replication_role";
    private const string Origin = "origin";

    /// <summary>Sets <c>origin</c>, unless it is set already.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="server">Name of the server, for messages.</param>
    /// <param name="isLocal">Whether the setting ends with the transaction.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <returns>The previous value.</returns>
    /// <exception cref="DatabaseException">The role may not change the setting, or the server then reports another value.</exception>
    public static async Task<string> EnterAsync(
        NpgsqlConnection connection, string server, bool isLocal, CancellationToken cancellationToken)
    {
        string before = await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false);
        if (before == Origin)
            return before;
        try
        {
            await SetAsync(connection, Origin, isLocal, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            DatabaseThrow.OriginRefused(server, before, error);
        }

        string after = await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false);
        if (after != Origin)
            DatabaseThrow.SettingNotApplied(server, Parameter, Origin, after);
        return before;
    }

    /// <summary>Restores the previous value.</summary>
    public static Task LeaveAsync(NpgsqlConnection connection, string before, bool isLocal, CancellationToken cancellationToken) =>
        before == Origin ? Task.CompletedTask : SetAsync(connection, before, isLocal, cancellationToken);

    private static Task<string> SetAsync(NpgsqlConnection connection, string value, bool isLocal, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<string>(
            connection, "SELECT pg_catalog.set_config($1, $2, $3)", cancellationToken, Parameter, value, isLocal);
}
