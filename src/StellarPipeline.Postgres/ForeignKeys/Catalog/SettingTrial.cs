using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>
/// Sets a parameter as a trial and rolls that back, because no catalogue gives a certain answer: superuser, GRANT SET ON PARAMETER
/// (PostgreSQL 15) and rules of managed services all matter.
/// A refused statement aborts a transaction, so the trial runs after a savepoint, or in its own transaction if none is open.
/// </summary>
internal static class SettingTrial
{
    /// <returns>Null if the server accepted the setting; otherwise its error message.</returns>
    public static async Task<string?> RunAsync(
        NpgsqlConnection connection, string parameter, string value, CancellationToken cancellationToken)
    {
        bool inside = await TryBeginAsync(connection, cancellationToken).ConfigureAwait(false);
        string? refusal = null;
        try
        {
            await Sql.SetLocalAsync(connection, parameter, value, cancellationToken).ConfigureAwait(false);
            string now = await Sql.ShowAsync(connection, parameter, cancellationToken).ConfigureAwait(false);
            if (now != value)
                refusal = $"the server accepted {value} but reports {now}";
        }
        catch (PostgresException error)
            when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidParameterValue)
        {
            refusal = error.MessageText;
        }

        string undo = inside ? "ROLLBACK TO SAVEPOINT load_trial" : "ROLLBACK";
        await Sql.ExecuteAsync(connection, undo, cancellationToken).ConfigureAwait(false);
        if (inside)
            await Sql.ExecuteAsync(connection, "RELEASE SAVEPOINT load_trial", cancellationToken).ConfigureAwait(false);
        return refusal;
    }

    private static async Task<bool> TryBeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await Sql.ExecuteAsync(connection, "SAVEPOINT load_trial", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.NoActiveSqlTransaction)
        {
            await Sql.ExecuteAsync(connection, "BEGIN", cancellationToken).ConfigureAwait(false);
            return false;
        }
    }
}
