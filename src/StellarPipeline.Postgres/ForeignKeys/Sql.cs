using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>Runs short statements on the load's connection.</summary>
/// <remarks>
/// There is no client time-out: the server's lock_timeout and statement_timeout limit the time of a lock, a scan or an index build.
/// </remarks>
internal static class Sql
{
    private const string Show = "SELECT pg_catalog.current_setting($1)";
    private const string Set = "SELECT pg_catalog.set_config($1, $2, true)";
    private const string Replace =
        "SELECT CASE WHEN pg_catalog.current_setting($1) = $2 THEN $2 ELSE pg_catalog.set_config($1, $2, true) END";

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs statements without results one after another, in one round trip. After a failure the statements behind it have not run.
    /// </summary>
    public static async Task ExecuteAllAsync(
        NpgsqlConnection connection, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            foreach (string statement in statements)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a query and maps all of its rows. Pass an oid as <c>uint</c>, several as <c>uint[]</c>.</summary>
    public static async Task<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken,
        params object[] parameters)
    {
        var rows = new List<T>();
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            foreach (object value in parameters)
                command.Parameters.Add(Parameter(value));
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    rows.Add(map(reader));
            }
        }

        return rows;
    }

    /// <summary>
    /// The same for a query that empties search_path, so that the server's functions qualify every name; restores it afterwards.
    /// </summary>
    public static async Task<List<T>> UnqualifiedRowsAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken,
        params object[] parameters)
    {
        const string Path = "search_path";
        string before = await ShowAsync(connection, Path, cancellationToken).ConfigureAwait(false);
        List<T> rows = await RowsAsync(connection, sql, map, cancellationToken, parameters).ConfigureAwait(false);
        await SetLocalAsync(connection, Path, before, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    public static async Task<T> ScalarAsync<T>(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        List<T> rows =
            await RowsAsync(connection, sql, row => row.GetFieldValue<T>(0), cancellationToken, parameters).ConfigureAwait(false);
        return rows[0];
    }

    public static Task<List<string>> TextsAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters) =>
            RowsAsync(connection, sql, row => row.GetString(0), cancellationToken, parameters);

    /// <summary>Sets a parameter until the end of the transaction and returns the value that the server reports afterwards.</summary>
    public static Task<string> SetLocalAsync(
        NpgsqlConnection connection, string parameter, string value, CancellationToken cancellationToken) =>
            ScalarAsync<string>(connection, Set, cancellationToken, parameter, value);

    /// <summary>
    /// Sets a parameter until the end of the transaction and reads its value before and after, in separate statements and one round trip. A
    /// parameter that already has the value is not set, so no privilege is needed.
    /// </summary>
    public static async Task<(string Before, string After)> ReplaceAsync(
        NpgsqlConnection connection, string parameter, string value, Preparation? preparation, CancellationToken cancellationToken)
    {
        var batch =
            new NpgsqlBatch(connection)
            {
                Timeout = 0,
                BatchCommands = { Command(Show, parameter), Command(Replace, parameter, value), Command(Show, parameter) },
            };
        await using (batch.ConfigureAwait(false))
        {
            if (preparation is not null)
                await preparation.PrepareAsync(connection, batch, cancellationToken).ConfigureAwait(false);
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                string before = reader.GetString(0);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (before, reader.GetString(0));
            }
        }
    }

    public static Task<string> ShowAsync(NpgsqlConnection connection, string parameter, CancellationToken cancellationToken) =>
        ScalarAsync<string>(connection, Show, cancellationToken, parameter);

    public static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static NpgsqlBatchCommand Command(string sql, params string[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (string value in values)
            command.Parameters.Add(Parameter(value));
        return command;
    }

    private static NpgsqlParameter Parameter(object value) => value switch
    {
        uint => new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Oid },
        uint[] => new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid },
        _ => new NpgsqlParameter { Value = value },
    };
}
