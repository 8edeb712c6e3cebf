using System.Data;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>The transaction of a load, on its own connection, with its settings and locks.</summary>
/// <remarks>
/// <para>
/// <see cref="OpenAsync"/> connects, begins (READ COMMITTED), pins the search path to <c>pg_catalog, pg_temp</c>, compares the session with
/// what the address requires, applies every setting for this transaction only, reads each one back, and acquires the advisory locks: one
/// round trip after the connection is open. Settings and locks end with the transaction, so the connection returns to its pool unchanged.
/// Statements of the caller must name their tables with a schema, see <see cref="Resolve"/>.
/// </para>
/// <para>Failure: after any failure <see cref="CommitAsync"/> refuses to commit. Disposing rolls back unless it was committed. Not
/// thread-safe.</para>
/// </remarks>
public sealed partial class LoadTransaction : IAsyncDisposable
{
    /// <summary>The oldest major version of PostgreSQL that can be loaded.</summary>
    public const int MinServerMajorVersion = 13;

    // Opening statements do not wait on a healthy server; a minute distinguishes a stuck server from a slow network.
    private const int OpeningTimeoutSeconds = 60;

    /// <summary>How long asking the server to cancel may take.</summary>
    internal static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource dataSource;
    private readonly NpgsqlTransaction transaction;
    private readonly LoadTransactionOptions options;
    private readonly Dictionary<CopyTable, CopyTable> resolved = [];
    private readonly Dictionary<CopyTable, long> writtenRows = [];
    private string ownPath = "";
    private Exception? failure;
    private bool ended;
    private bool abandoned;
    private int disposals;
    private int stagingTables;

    private LoadTransaction(
        NpgsqlDataSource dataSource, NpgsqlConnection connection, NpgsqlTransaction transaction, LoadTransactionOptions options)
    {
        this.dataSource = dataSource;
        this.transaction = transaction;
        this.options = options;
        Connection = connection;
        Preparation = Preparation.Of(dataSource);
        Server = ServerName.Of(connection);
        // Stored here, because a connection that was lost during COMMIT cannot be queried for the report.
        ServerVersion = connection.PostgreSqlVersion;
        Role = connection.UserName ?? "";
        Host = FormattableString.Invariant($"{connection.Host}:{connection.Port}");
    }

    /// <summary>The connection, for statements that belong to the load. They must leave the transaction open.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Host, port, database and user, for messages.</summary>
    public string Server { get; }

    /// <summary>Host (or socket folder) and port of the server that answered.</summary>
    public string Host { get; }

    /// <summary>The role that the session logged in as.</summary>
    internal string Role { get; }

    /// <summary>The server's version.</summary>
    public Version ServerVersion { get; }

    /// <summary>The server process of this connection, as in pg_stat_activity.</summary>
    public int BackendProcessId { get; private set; }

    /// <summary>The server's session of this connection.</summary>
    public ServerSession? Session { get; private set; }

    /// <summary>The transaction's 64-bit id, as pg_current_xact_id shows it.</summary>
    public ulong TransactionId { get; private set; }

    /// <summary>The settings that were applied to this transaction, as the server shows them.</summary>
    public IReadOnlyDictionary<string, string> AppliedSettings { get; private set; } = new Dictionary<string, string>();

    /// <summary>
    /// Server settings that affect the speed of a load, as the server shows them; settings unknown to the server are left out.
    /// </summary>
    public IReadOnlyDictionary<string, string> ServerSettings { get; private set; } = new Dictionary<string, string>();

    /// <summary>True when pg_stat_get_xact_tuples_inserted counts in this transaction.</summary>
    internal bool CountsRows { get; private set; }

    /// <summary>The database, as the server names it.</summary>
    public string Database { get; private set; } = "";

    /// <summary>
    /// The schema of tables named without one: the requested schema, or else the first existing one of the role's search path. Null if
    /// there is none.
    /// </summary>
    public string? Schema { get; private set; }

    /// <summary>Whether the statements that open loads are prepared on this connection.</summary>
    internal Preparation Preparation { get; }

    /// <summary>Set while the server has not confirmed the number of sent rows.</summary>
    internal bool AwaitsConfirmation { get; set; }

    /// <summary>Connects, begins the transaction, applies and checks its settings, and acquires its locks.</summary>
    /// <param name="dataSource">The database; the caller disposes it.</param>
    /// <param name="options">Settings and locks; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing remains.</param>
    /// <returns>The open transaction.</returns>
    /// <exception cref="DatabaseException">The connection failed, a setting was refused or another value was read back, or another session
    /// (named in the message) holds a lock.</exception>
    /// <exception cref="LoadRefusedException">The server is a standby, or the session is read-only.</exception>
    public static async Task<LoadTransaction> OpenAsync(
        NpgsqlDataSource dataSource, LoadTransactionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return await TryOpenAsync(dataSource, options, cancellationToken).ConfigureAwait(false)
            ?? (await TryOpenAsync(dataSource, options, cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Opens the transaction. Null if the session has lost its prepared statements; later attempts prepare none.</summary>
    private static async Task<LoadTransaction?> TryOpenAsync(
        NpgsqlDataSource dataSource, LoadTransactionOptions? options, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await SessionStart.OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
        string server = ServerName.Of(connection);
        LoadTransaction? load = null;
        try
        {
            CheckVersion(server, connection.PostgreSqlVersion);
            NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            load = new LoadTransaction(dataSource, connection, transaction, options ?? new LoadTransactionOptions());
            await load.StartAsync(cancellationToken).ConfigureAwait(false);
            return load;
        }
        catch (PostgresException lost) when (lost.SqlState == PostgresErrorCodes.InvalidSqlStatementName && load is not null)
        {
            // Another user of the same pool has run DISCARD ALL or DEALLOCATE.
            load.Preparation.TurnOff();
            await load.RollbackAsync().ConfigureAwait(false);
            connection.UnprepareAll();
            await load.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch (Exception error)
        {
            if (load is not null)
                await load.DisposeAsync().ConfigureAwait(false);
            else
                await connection.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (error is NpgsqlException)
                DatabaseThrow.Failed("Starting the load transaction", server, error);
            throw;
        }
    }

    /// <summary>
    /// Adds the schema to a table. The search path of the load contains no user schema, so that no other table can shadow a table.
    /// </summary>
    /// <param name="table">A table with or without schema.</param>
    /// <returns>The same table if it has a schema, otherwise the table of that name in <see cref="Schema"/>.</returns>
    /// <exception cref="ConnectionSettingsException">The table has no schema, and no schema of the search path exists.</exception>
    public CopyTable Resolve(CopyTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (table.Schema is not null)
            return table;
        if (!resolved.TryGetValue(table, out CopyTable? qualified))
        {
            string name = options.StandIns.GetValueOrDefault(table.Name, table.Name);
            resolved.Add(table, qualified = new CopyTable(RequireSchema(), name, table.Columns));
        }

        return qualified;
    }

    /// <summary>The schema of tables named without one; throws if there is none.</summary>
    /// <returns><see cref="Schema"/>.</returns>
    /// <exception cref="ConnectionSettingsException">No schema of the search path exists.</exception>
    public string RequireSchema()
    {
        if (Schema is null)
            DatabaseThrow.NoSchema(Server, ownPath);
        return Schema;
    }

    private async Task<CommitOutcome> SendCommitAsync()
    {
        ended = true;
        string? status = null;
        Exception? cause = null;
        try
        {
            NpgsqlBatch batch = NewBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            batch.BatchCommands.Add(StatusCommand());
            await using (batch.ConfigureAwait(false))
                status = (string?)await ScalarOfLastAsync(batch).ConfigureAwait(false);
        }
        catch (NpgsqlOperationInProgressException)
        {
            // A caller left a reader open: nothing was sent, so the transaction continues.
            ended = false;
            throw;
        }
        catch (PostgresException aborted) when (aborted.SqlState == PostgresErrorCodes.InFailedSqlTransaction)
        {
            // What was to be sent before COMMIT was refused, so the server did not run COMMIT.
            ended = false;
            await RollbackAsync().ConfigureAwait(false);
            DatabaseThrow.CommitRolledBack(Server, aborted);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException)
        {
            cause = error;
        }

        // The server answers the COMMIT of a failed transaction with ROLLBACK and no error, so the answer is checked, too.
        if (cause is null)
        {
            if (status != CommitProbe.Committed)
                DatabaseThrow.CommitRolledBack(Server, null);
            return CommitOutcome.Answered;
        }

        status = await CommitProbe.AskAsync(dataSource, TransactionId, Session!, options.CommitProbeLimit).ConfigureAwait(false);
        if (status == CommitProbe.Aborted)
            DatabaseThrow.CommitRolledBack(Server, cause);
        if (status != CommitProbe.Committed)
            DatabaseThrow.CommitUnknown(Server, TransactionId, status, cause);
        return CommitOutcome.FoundOutLater;
    }

    /// <summary>
    /// Rolls back. Does nothing if the transaction has ended. A lost connection counts as rolled back, because the server rolls back
    /// itself.
    /// </summary>
    /// <returns>A task.</returns>
    public async Task RollbackAsync()
    {
        if (ended)
            return;
        ended = true;
        try
        {
            await transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException)
        {
            // The connection is gone or unusable: closing it rolls back on the server.
        }
    }

    /// <summary>Rolls back unless the transaction was committed, and returns the connection to its pool.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        // Only once: the next user of the pooled connection gets the same NpgsqlTransaction object from Npgsql, and a second Dispose would
        // roll back that transaction.
        if (abandoned || Interlocked.Exchange(ref disposals, 1) != 0)
            return;
        await RollbackAsync().ConfigureAwait(false);
        await transaction.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    internal static void CheckVersion(string server, Version version)
    {
        if (version.Major < MinServerMajorVersion)
            DatabaseThrow.ServerTooOld(server, version, MinServerMajorVersion);
    }

    /// <summary>Refuses further work in a transaction that failed or ended.</summary>
    internal void ThrowIfNotUsable()
    {
        if (ended)
            DatabaseThrow.TransactionEnded();
        if (failure is not null)
            DatabaseThrow.FailedBefore(Server, failure);
    }

    /// <summary>A number for the next staging table: several writers may work in the transaction.</summary>
    internal int NextStagingTable() => ++stagingTables;

    /// <summary>Counts rows that the server has confirmed and that COMMIT makes visible.</summary>
    internal void CountRows(CopyTable table, long rows) => writtenRows[table] = writtenRows.GetValueOrDefault(table) + rows;

    /// <summary>Marks the transaction as failed, so that it cannot be committed; the first failure is kept.</summary>
    internal void Fail(Exception error) => failure ??= error;

    /// <summary>
    /// Abandons the connection: it waits for an answer that does not arrive, and must not be used again. The transaction is rolled back
    /// when the connection or this process ends.
    /// </summary>
    /// <param name="operation">The waiting operation; the connection is closed when it ends.</param>
    internal void Abandon(Task operation)
    {
        ended = abandoned = true;
        _ = CloseAfterAsync(operation);
    }

    /// <summary>
    /// Asks the server, on another connection, to cancel this connection's statement. Best effort: a failed request does not fail the load.
    /// </summary>
    internal async Task CancelBackendAsync()
    {
        using var limit = new CancellationTokenSource(CancelLimit);
        try
        {
            NpgsqlConnection other = await dataSource.OpenConnectionAsync(limit.Token).ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
            {
                // Also compared by start time: with several hosts, the other connection may reach a server where another session has this
                // process id.
                var command = new NpgsqlBatchCommand($"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {ServerSession.IsItSql}");
                command.Parameters.AddRange(Session!.Parameters);
                await PinnedPath.ScalarAsync(other, command, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
            when (error is NpgsqlException or OperationCanceledException or TimeoutException or IOException or InvalidOperationException)
        {
            // The second connection failed: the first one ends by itself.
        }
    }

    private async Task CloseAfterAsync(Task operation)
    {
        await operation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    private NpgsqlBatchCommand StatusCommand() => CommitProbe.Command(TransactionId);

    private static async Task<object?> ScalarOfLastAsync(NpgsqlBatch batch)
    {
        NpgsqlDataReader reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            // COMMIT returns no rows, so the first result with columns belongs to the last command.
            object? value = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? reader.GetValue(0) : null;
            return value is DBNull ? null : value;
        }
    }
}
