using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.Tests.ForeignKeys;

/// <summary>What the foreign-key tests do on a connection again and again.</summary>
internal static class Sessions
{
    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> QueryAsync<T>(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public static async Task<List<string>> RowsAsync(this NpgsqlConnection connection, string sql)
    {
        var rows = new List<string>();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(
                string.Join(
                    '|',
                    Enumerable.Range(0, reader.FieldCount)
                        .Select(
                        column => reader.IsDBNull(column)
                            ? "-"
                            : Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    /// <summary>One whole load: each statement is one batch, in the given order.</summary>
    public static async Task LoadAsync(this NpgsqlConnection connection, IForeignKeyStrategy strategy, params string[] batches)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await strategy.BeforeLoadAsync(connection);
        foreach (string batch in batches)
        {
            await strategy.BeforeBatchAsync(connection, new QualifiedName("public", "any"));
            await connection.ExecuteAsync(batch);
        }

        await strategy.AfterLoadAsync(connection);
        await transaction.CommitAsync();
    }
}
