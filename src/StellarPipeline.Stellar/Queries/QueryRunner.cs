using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Where queries run: on connections of a data source, each query its own transaction, or on the caller's open connection, in the caller's transaction.</summary>
/// <remarks>Names in statements are quoted identifiers of our own, values are parameters. On a data source: safe for many threads.</remarks>
internal sealed class QueryRunner
{
    private readonly NpgsqlDataSource? dataSource;
    private readonly NpgsqlConnection? connection;
    private string? schema;

    public QueryRunner(NpgsqlDataSource dataSource, string? schema = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        this.dataSource = dataSource;
        this.schema = schema;
    }

    public QueryRunner(NpgsqlConnection connection, string schema)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        this.connection = connection;
        this.schema = schema;
    }

    /// <summary>Runs one query.</summary>
    /// <typeparam name="T">What is made of its rows.</typeparam>
    /// <param name="query">Name, table and text.</param>
    /// <param name="parameters">The values of $1, $2, …</param>
    /// <param name="read">Reads the rows.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="DatabaseException">On a data source: no connection came about, or the server refused the query.</exception>
    /// <exception cref="NpgsqlException">On a connection of the caller's, whose transaction it is to say what that means: the server refused the query.</exception>
    public async Task<T> RunAsync<T>(
        Query query, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        schema ??= await SessionStart.RequireSchemaAsync(dataSource!, cancellationToken).ConfigureAwait(false);
        if (connection is not null)
            return await PinnedQuery.RunAsync(connection, Statement(query, schema, parameters), read, cancellationToken).ConfigureAwait(false);
        NpgsqlConnection own = await SessionStart.OpenAsync(dataSource!, cancellationToken).ConfigureAwait(false);
        await using (own.ConfigureAwait(false))
        {
            try
            {
                return await PinnedQuery.RunAsync(own, Statement(query, schema, parameters), read, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException error)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw QueryThrow.Failed(query, own, error);
            }
        }
    }

    /// <summary>Runs a statement whose rows, if it has any, nobody reads.</summary>
    public async Task ExecuteAsync(Query query, IReadOnlyList<NpgsqlParameter> parameters, CancellationToken cancellationToken) =>
        await RunAsync(query, parameters, static (reader, _) => Task.FromResult(reader.RecordsAffected), cancellationToken).ConfigureAwait(false);

    /// <summary>A parameter whose type is said, so that no statement needs a cast.</summary>
    public static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>A parameter of type bigint.</summary>
    public static NpgsqlParameter BigInt(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlBatchCommand Statement(Query query, string schema, IReadOnlyList<NpgsqlParameter> parameters)
    {
        var statement = new NpgsqlBatchCommand(query.TextFor(schema));
        foreach (NpgsqlParameter parameter in parameters) statement.Parameters.Add(parameter);
        return statement;
    }
}
