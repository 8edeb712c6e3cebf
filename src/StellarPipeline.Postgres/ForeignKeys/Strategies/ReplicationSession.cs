using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Makes sure that PostgreSQL checks foreign keys in a session, until the end of the load.</summary>
/// <remarks>
/// Under <c>session_replication_role = replica</c> the triggers that check foreign keys silently do not fire. This may be the default of a
/// role or a database (<c>ALTER ROLE … SET</c>), so the value is always checked.
/// </remarks>
internal static class ReplicationSession
{
    public const string Parameter = "session_replication_role";
    private const string Checking = "origin";

    /// <summary>Whether foreign keys are checked under this value.</summary>
    public static bool IsChecking(string value) => value is Checking or "local";

    /// <summary>Makes sure that foreign keys are checked until the end of the transaction.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="rights">The role's privileges.</param>
    /// <param name="isKnown">Whether the session's value is certainly still the one in <paramref name="rights"/>, so that it need not be
    /// read.</param>
    /// <param name="audit">Receives the value that is read back.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <returns>False if keys are not checked and the role may not change that: the keys must then be proved.</returns>
    /// <exception cref="ForeignKeyException">The server took the value and reports another one.</exception>
    public static async Task<bool> TryEnterAsync(
        NpgsqlConnection connection, RoleRights rights, bool isKnown, IAuditSink audit, CancellationToken cancellationToken)
    {
        string now = isKnown ? rights.ReplicationRole : await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false);
        if (IsChecking(now))
            return true;
        if (!rights.IsChecked)
            return false;
        await ReplaceAsync(connection, Checking, audit, null, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Sets the value until the end of the transaction and reads it back; one round trip.</summary>
    /// <param name="connection">The load's connection.</param>
    /// <param name="value">The value.</param>
    /// <param name="audit">Receives the value that is read back.</param>
    /// <param name="preparation">Whether the statements can be prepared; null if unknown.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <returns>The value before.</returns>
    /// <exception cref="ForeignKeyException">The server took the value and reports another one.</exception>
    public static async Task<string> ReplaceAsync(
        NpgsqlConnection connection, string value, IAuditSink audit, Preparation? preparation, CancellationToken cancellationToken)
    {
        (string before, string after) =
            await Sql.ReplaceAsync(connection, Parameter, value, preparation, cancellationToken).ConfigureAwait(false);
        Require(value, after, audit);
        return before;
    }

    /// <summary>Reads the value back.</summary>
    /// <exception cref="ForeignKeyException">It differs from the expected value.</exception>
    public static async Task RequireAsync(
        NpgsqlConnection connection, string expected, IAuditSink audit, CancellationToken cancellationToken) =>
            Require(expected, await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false), audit);

    private static void Require(string expected, string value, IAuditSink audit)
    {
        audit.Record(AuditEvents.SettingOf(Parameter, expected, value));
        if (value != expected)
            ForeignKeyThrow.SettingLost(Parameter, expected, value);
    }

    /// <summary>
    /// Checks, after the last row, that foreign keys are still checked: a trigger function of a table may have changed the value.
    /// </summary>
    /// <exception cref="ForeignKeyException">Foreign keys are not checked.</exception>
    public static async Task RequireCheckingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        RequireChecking(await Sql.ShowAsync(connection, Parameter, cancellationToken).ConfigureAwait(false));

    /// <summary>The same for a value that was read.</summary>
    /// <exception cref="ForeignKeyException">Foreign keys are not checked.</exception>
    public static void RequireChecking(string value)
    {
        if (!IsChecking(value))
            ForeignKeyThrow.SettingLost(Parameter, Checking, value);
    }
}
