using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Sees to it that statements that define things run under <c>session_replication_role = origin</c>, and reads it back.</summary>
/// <remarks>
/// Under <c>replica</c> TimescaleDB makes plain tables of hypertables without a word, and <c>DROP TABLE</c> leaves its catalogue torn. A
/// role or a database may have that as its default.
/// </remarks>
internal static class OriginRole
{
    private const string Parameter = "session_replication_role";
    private const string Origin = "origin";

    /// <summary>Enters it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="server">Its name, for messages.</param>
    /// <param name="isLocal">Whether it ends with the transaction.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <returns>What it was before.</returns>
    /// <exception cref="DatabaseException">The role may not change it, or it reads back as another one.</exception>
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

    /// <summary>Puts back what it was.</summary>
    public static Task LeaveAsync(NpgsqlConnection connection, string before, bool isLocal, CancellationToken cancellationToken) =>
        before == Origin ? Task.CompletedTask : SetAsync(connection, before, isLocal, cancellationToken);

    private static Task<string> SetAsync(NpgsqlConnection connection, string value, bool isLocal, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<string>(
            connection, "SELECT pg_catalog.set_config($1, $2, $3)", cancellationToken, Parameter, value, isLocal);
}
