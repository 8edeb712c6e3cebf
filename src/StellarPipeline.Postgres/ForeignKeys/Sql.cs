using Npgsql;
using NpgsqlTypes;

namespace StellarPipeline.Postgres.ForeignKeys;

/// <summary>Runs short statements on the load's connection.</summary>
/// <remarks>No client time-out: how long a lock, a scan or an index build may take is for the server's lock_timeout and statement_timeout to decide.</remarks>
internal static class Sql
{
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Maps every row of a query, read to its end. An oid is passed as <c>uint</c>, several as <c>uint[]</c>.</summary>
    public static async Task<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken, params object[] parameters)
    {
        var rows = new List<T>();
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            foreach (object value in parameters)
                command.Parameters.Add(Parameter(value));
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    rows.Add(map(reader));
            }
        }

        return rows;
    }

    public static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        var rows = await RowsAsync(connection, sql, row => row.GetFieldValue<T>(0), cancellationToken, parameters).ConfigureAwait(false);
        return rows[0];
    }

    public static Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters) =>
        RowsAsync(connection, sql, row => row.GetString(0), cancellationToken, parameters);

    /// <summary>Sets a parameter until the end of the transaction and gives the value that the server then reports.</summary>
    public static Task<string> SetLocalAsync(NpgsqlConnection connection, string parameter, string value, CancellationToken cancellationToken) =>
        ScalarAsync<string>(connection, "SELECT pg_catalog.set_config($1, $2, true)", cancellationToken, parameter, value);

    public static Task<string> ShowAsync(NpgsqlConnection connection, string parameter, CancellationToken cancellationToken) =>
        ScalarAsync<string>(connection, "SELECT pg_catalog.current_setting($1)", cancellationToken, parameter);

    public static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static NpgsqlParameter Parameter(object value) => value switch
    {
        uint => new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Oid },
        uint[] => new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid },
        _ => new NpgsqlParameter { Value = value },
    };
}
