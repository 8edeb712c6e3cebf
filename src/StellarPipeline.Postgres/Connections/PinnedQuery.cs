using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Runs one statement under the search path <c>pg_catalog, pg_temp</c>, in one round trip: for queries and bookkeeping outside a load.
/// </summary>
/// <remarks>
/// Outside a transaction, the path and the statement form one implicit transaction, so the path does not stay on a connection that a pooler
/// gives to others. Inside one, the path stays until that transaction ends. The statement must name its tables with a schema
/// (<see cref="CopyTable.QualifiedName"/>).
/// </remarks>
internal static class PinnedQuery
{
    /// <summary>Runs a statement and reads its rows.</summary>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="connection">An open connection, in a transaction or not.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="read">Reads the rows; the reader is positioned before the first one.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>The result of <paramref name="read"/>.</returns>
    /// <exception cref="NpgsqlException">The server refused the statement, or the connection failed.</exception>
    public static async Task<T> RunAsync<T>(
        NpgsqlConnection connection, NpgsqlBatchCommand statement, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return await RunAsync(new NpgsqlBatch(connection), statement, read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same in the transaction of a load, which first shows its announced stage.</summary>
    internal static async Task<T> RunAsync<T>(
        LoadTransaction load, NpgsqlBatchCommand statement, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken) =>
            await RunAsync(load.NewBatch(), statement, read, cancellationToken).ConfigureAwait(false);

    private static async Task<T> RunAsync<T>(
        NpgsqlBatch batch, NpgsqlBatchCommand statement, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(read);
        batch.BatchCommands.Add(PinnedPath.Command());
        batch.BatchCommands.Add(statement);
        await using (batch.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                return await read(reader, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
