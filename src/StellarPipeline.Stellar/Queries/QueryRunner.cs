using System.Data;
using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Queries;

/// <summary>
/// Runs queries: on connections of a data source, each query in its own transaction, or on the caller's open connection, in the caller's
/// transaction.
/// </summary>
/// <remarks>
/// Names in statements are quoted identifiers of this program; values are parameters. Thread-safe on a data source.
/// </remarks>
internal sealed class QueryRunner
{
    private static readonly Query ReadOnly = new("read_only", "none", "SET TRANSACTION READ ONLY");

    private readonly NpgsqlDataSource? dataSource;
    private readonly NpgsqlConnection? connection;
    private readonly LoadTransaction? load;
    private readonly bool leavesFailures;
    private readonly QueryOptions options;
    private string? schema;

    /// <summary>Runs queries on connections of a data source.</summary>
    public QueryRunner(NpgsqlDataSource dataSource, QueryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        this.dataSource = dataSource;
        this.options = options ?? new QueryOptions();
        schema = this.options.Schema;
        Columnstore = new Columnstore(this);
    }

    /// <summary>Runs queries on an open connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="schema">The schema of the tables.</param>
    /// <param name="options">The log; null for none.</param>
    /// <param name="leavesFailures">True leaves <see cref="NpgsqlException"/>s untranslated for the caller's transaction.</param>
    public QueryRunner(NpgsqlConnection connection, string schema, QueryOptions? options = null, bool leavesFailures = false)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        this.connection = connection;
        this.schema = schema;
        this.leavesFailures = leavesFailures;
        this.options = options ?? new QueryOptions();
        Columnstore = new Columnstore(this);
    }

    /// <summary>Runs statements in the transaction of a load, on the tables of its schema. It translates their failures.</summary>
    /// <param name="load">The transaction.</param>
    /// <exception cref="ConnectionSettingsException">No schema of the search path exists.</exception>
    public QueryRunner(LoadTransaction load)
        : this((load ?? throw new ArgumentNullException(nameof(load))).Connection, load.RequireSchema(), leavesFailures: true) =>
            this.load = load;

    /// <summary>Which rows are in TimescaleDB's columnstore.</summary>
    public Columnstore Columnstore { get; }

    /// <summary>Runs one query, measures it, and logs it if it was slow.</summary>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="query">Name, table and text.</param>
    /// <param name="parameters">The values of $1, $2, …</param>
    /// <param name="read">Reads the rows.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="DatabaseException">The connection failed, or the server rejected the query.</exception>
    /// <exception cref="NpgsqlException">The same, if failures are left to the caller's transaction.</exception>
    public async Task<T> RunAsync<T>(
        Query query, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            schema ??= await SessionStart.RequireSchemaAsync(dataSource!, cancellationToken).ConfigureAwait(false);
            var statement = new NpgsqlBatchCommand(query.TextFor(schema));
            foreach (NpgsqlParameter parameter in parameters) statement.Parameters.Add(parameter);
            return await RunAsync(query, statement, read, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
            throw;
        }
        finally
        {
            TimeSpan duration = Stopwatch.GetElapsedTime(started);
            StellarTelemetry.CountQuery(query, duration, failure);
            if (duration >= options.SlowQuery)
            {
                string types = string.Join(", ", parameters.Select(TypeOf));
                StellarLog.SlowQuery(options.Log, query.Name, duration.TotalSeconds, query.Table, types, query.TextFor(schema ?? ""));
            }
        }
    }

    /// <summary>
    /// Runs several queries on one state of the database, whatever others commit meanwhile: one transaction, REPEATABLE READ and read-only.
    /// </summary>
    /// <remarks>
    /// On the caller's connection the queries see what the caller's transaction sees. The transaction holds its locks until the work ends,
    /// and keeps VACUUM from removing rows: keep the work short.
    /// </remarks>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="work">Runs the queries; it gets their runner.</param>
    /// <param name="cancellationToken">Cancels opening the connection.</param>
    /// <exception cref="DatabaseException">The connection failed, or the server rejected a query.</exception>
    public async Task<T> RunTogetherAsync<T>(Func<QueryRunner, Task<T>> work, CancellationToken cancellationToken)
    {
        if (connection is not null) return await work(this).ConfigureAwait(false);
        schema ??= await SessionStart.RequireSchemaAsync(dataSource!, cancellationToken).ConfigureAwait(false);
        NpgsqlConnection own = await SessionStart.OpenAsync(dataSource!, cancellationToken).ConfigureAwait(false);
        await using (own.ConfigureAwait(false))
        {
            // Sent with the first query, and rolled back when it is disposed: nothing was written.
            NpgsqlTransaction transaction =
                await own.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var together = new QueryRunner(own, schema, options);
                await together.ExecuteAsync(ReadOnly, [], cancellationToken).ConfigureAwait(false);
                return await work(together).ConfigureAwait(false);
            }
        }
    }

    private static string TypeOf(NpgsqlParameter parameter) =>
        parameter.NpgsqlDbType < 0 ? $"{parameter.NpgsqlDbType & ~NpgsqlDbType.Array}[]" : parameter.NpgsqlDbType.ToString();

    private async Task<T> RunAsync<T>(Query query, NpgsqlBatchCommand statement, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        if (connection is not null) return await SendAsync(connection).ConfigureAwait(false);
        NpgsqlConnection own = await SessionStart.OpenAsync(dataSource!, cancellationToken).ConfigureAwait(false);
        await using (own.ConfigureAwait(false)) return await SendAsync(own).ConfigureAwait(false);

        async Task<T> SendAsync(NpgsqlConnection open)
        {
            try
            {
                return await (load is null ? PinnedQuery.RunAsync(open, statement, read, cancellationToken)
                    : PinnedQuery.RunAsync(load, statement, read, cancellationToken)).ConfigureAwait(false);
            }
            catch (NpgsqlException error) when (!leavesFailures)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw QueryThrow.Failed(query, open, error);
            }
        }
    }

    /// <summary>Reads every row of a query.</summary>
    /// <typeparam name="T">Type of a row.</typeparam>
    /// <param name="query">Name, table and text.</param>
    /// <param name="parameters">The values of $1, $2, …</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public Task<List<T>> ListAsync<T>(
        Query query, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        RunAsync(
            query,
            parameters,
            async (reader, token) =>
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(token).ConfigureAwait(false)) rows.Add(read(reader));
                return rows;
            },
            cancellationToken);

    /// <summary>The value of a query with one row and one boolean column; false if there is no row.</summary>
    public Task<bool> IsAsync(Query query, IReadOnlyList<NpgsqlParameter> parameters, CancellationToken cancellationToken) => RunAsync(
        query, parameters, static async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) && reader.GetBoolean(0),
        cancellationToken);

    /// <summary>Runs a statement and ignores its rows.</summary>
    public async Task ExecuteAsync(Query query, IReadOnlyList<NpgsqlParameter> parameters, CancellationToken cancellationToken) =>
        await RunAsync(query, parameters, static (reader, _) => Task.FromResult(reader.RecordsAffected), cancellationToken).ConfigureAwait(
            false);
}
