using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Short statements of a load besides its rows. Names in them are quoted identifiers; values are parameters.</summary>
internal static class LoadStatements
{
    /// <summary>Runs a statement.</summary>
    /// <returns>The number of changed rows.</returns>
    public static async Task<long> RunAsync(this LoadTransaction load, string sql, object[] values, CancellationToken cancellationToken)
    {
        NpgsqlBatch command = Command(load, sql, values);
        await using (command.ConfigureAwait(false)) return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads rows as text; NULL becomes the empty string.</summary>
    public static Task<List<string[]>> RowsAsync(this LoadTransaction load, string sql, CancellationToken cancellationToken) =>
        load.RowsAsync(sql, [], cancellationToken);

    /// <summary>Reads rows as text; NULL becomes the empty string.</summary>
    public static async Task<List<string[]>> RowsAsync(
        this LoadTransaction load, string sql, object[] values, CancellationToken cancellationToken)
    {
        var rows = new List<string[]>();
        NpgsqlBatch command = Command(load, sql, values);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    string[] row = new string[reader.FieldCount];
                    for (int column = 0; column < row.Length; column++)
                        row[column] = Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? "";
                    rows.Add(row);
                }
            }
        }

        return rows;
    }

    /// <summary>Creates a batch with one statement in the load's transaction, without a timeout.</summary>
    public static NpgsqlBatch Command(LoadTransaction load, string sql, object[] values)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (object value in values) statement.Parameters.Add(new NpgsqlParameter { Value = value });
        NpgsqlBatch batch = load.NewBatch();
        batch.BatchCommands.Add(statement);
        return batch;
    }
}
