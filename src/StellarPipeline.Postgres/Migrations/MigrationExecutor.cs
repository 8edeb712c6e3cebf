using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Runs the statements of one migration and its tracking row, in the connection's transaction if there is one.</summary>
/// <param name="connection">The connection.</param>
/// <param name="state">Schema and role, for names and messages.</param>
/// <param name="scope">What a failure rolls back, for messages.</param>
internal sealed class MigrationExecutor(NpgsqlConnection connection, MigrationState state, MigrationScope scope)
{
    private string? roleBefore;

    private bool IsLocal => scope != MigrationScope.Nothing;

    /// <summary>
    /// Sets search_path, so that the statements of a migration find their tables in one schema, and makes triggers fire. For statements
    /// outside a transaction both are set for the session.
    /// </summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await SendAsync(PinnedPath.SetFor(state.Schema, IsLocal), cancellationToken).ConfigureAwait(false);
        roleBefore = await OriginRole.EnterAsync(connection, ServerName.Of(connection), IsLocal, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Resets these settings for the next statements of the session or its transaction.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (roleBefore is not null)
            await OriginRole.LeaveAsync(connection, roleBefore, IsLocal, cancellationToken).ConfigureAwait(false);
        await SendAsync(IsLocal ? PinnedPath.SetLocal : "RESET search_path", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a migration and records it, or reverts it and removes the record.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="trackingTable">The table that records it.</param>
    /// <param name="makesTable">Whether to create the tracking table first.</param>
    /// <param name="isUp">False to revert it.</param>
    /// <param name="cancellationToken">Ends the running statement.</param>
    /// <exception cref="MigrationException">PostgreSQL refused a statement.</exception>
    public async Task RunAsync(Migration migration, string trackingTable, bool makesTable, bool isUp, CancellationToken cancellationToken)
    {
        IReadOnlyList<MigrationStatement> statements = isUp ? migration.Up : migration.Down;
        if (makesTable)
        {
            await TrackAsync(
                migration.Name, trackingTable, MigrationTracking.CreateSql(state.Schema, trackingTable), null, cancellationToken)
                .ConfigureAwait(false);
        }

        for (int number = 1; number <= statements.Count; number++)
            await ExecuteAsync(migration.Name, statements[number - 1], number, cancellationToken).ConfigureAwait(false);
        string sql =
            isUp ? MigrationTracking.InsertSql(state.Schema, trackingTable) : MigrationTracking.DeleteSql(state.Schema, trackingTable);
        await TrackAsync(migration.Name, trackingTable, sql, migration.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Commits. COMMIT can fail, too: constraints declared INITIALLY DEFERRED are checked there. There is no token, because a COMMIT
    /// cancelled midway has an unknown outcome.
    /// </summary>
    public async Task CommitAsync(NpgsqlTransaction transaction, Migration last, bool isUp)
    {
        IReadOnlyList<MigrationStatement> statements = isUp ? last.Up : last.Down;
        try
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (PostgresException error)
        {
            MigrationThrow.StatementRefused(
                last.Name, statements.Count, statements.Count == 0 ? 1 : statements[^1].Line, scope, state.Schema, state.Role, error);
        }
    }

    private async Task SendAsync(string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name in it is a quoted literal.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ExecuteAsync(string name, MigrationStatement statement, int number, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The text of a migration is the program's own, or the operator's.
        var command = new NpgsqlCommand(statement.Text, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            // An unused positional parameter prevents Npgsql from splitting the text at semicolons inside BEGIN ATOMIC
            // (npgsql/npgsql#4445).
            command.Parameters.Add(new NpgsqlParameter { Value = 0 });
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error)
            {
                MigrationThrow.StatementRefused(name, number, LineOf(statement, error), scope, state.Schema, state.Role, error);
            }
        }
    }

    private async Task TrackAsync(string name, string trackingTable, string sql, string? parameter, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The names in it are quoted as identifiers.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            if (parameter is not null)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error)
            {
                MigrationThrow.TrackingRefused(name, trackingTable, scope, state.Schema, state.Role, error);
            }
        }
    }

    private static int LineOf(MigrationStatement statement, PostgresException error)
    {
        // Position counts characters from 1; 0 means that the server gave none.
        int length = Math.Clamp(error.Position - 1, 0, statement.Text.Length);
        return statement.Line + statement.Text.AsSpan(0, length).Count('\n');
    }
}
