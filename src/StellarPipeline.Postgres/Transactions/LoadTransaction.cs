using System.Data;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>The one transaction of a load, on a connection of its own, with its settings and locks.</summary>
/// <remarks>
/// <para>
/// <see cref="OpenAsync"/> connects, begins (READ COMMITTED), pins the search path to <c>pg_catalog, pg_temp</c>, compares the session with
/// what the address asks for, applies every setting for this transaction only, reads each one back, and takes the advisory locks: one round
/// trip after the connection is open. Settings and locks end with the transaction, so the connection goes back to its pool as it came.
/// Statements of the caller name their tables with a schema, see <see cref="Resolve"/>.
/// </para>
/// <para>Failure: once anything in it failed, <see cref="CommitAsync"/> refuses. Disposing rolls back what was not committed. Not
/// thread-safe.</para>
/// </remarks>
public sealed partial class LoadTransaction : IAsyncDisposable
{
    /// <summary>The oldest major version of PostgreSQL that can be loaded.</summary>
    public const int MinServerMajorVersion = 13;

    // Opening statements wait for nothing on a healthy server; a minute tells a stuck one from a slow network.
    private const int OpeningTimeoutSeconds = 60;

    /// <summary>How long telling the server to cancel may take.</summary>
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
        // Noted here: a connection that was lost during COMMIT cannot be asked for the report.
        ServerVersion = connection.PostgreSqlVersion;
        Role = connection.UserName ?? "";
        Host = FormattableString.Invariant($"{connection.Host}:{connection.Port}");
    }

    /// <summary>The connection, for statements that belong to the load. Whoever uses it leaves the transaction open.</summary>
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
    /// Settings of the server that decide the speed of a load, as the server shows them; those that it does not know are missing.
    /// </summary>
    public IReadOnlyDictionary<string, string> ServerSettings { get; private set; } = new Dictionary<string, string>();

    /// <summary>True when pg_stat_get_xact_tuples_inserted counts in this transaction.</summary>
    internal bool CountsRows { get; private set; }

    /// <summary>The database, as the server names it.</summary>
    public string Database { get; private set; } = "";

    /// <summary>
    /// The schema of tables that are named without one: the one that was asked for, else the first of the role's own search path. Null
    /// where there is none.
    /// </summary>
    public string? Schema { get; private set; }

    /// <summary>Whether the statements that open loads are prepared on this connection.</summary>
    internal Preparation Preparation { get; }

    /// <summary>Set while rows were sent whose number is not confirmed by the server yet.</summary>
    internal bool AwaitsConfirmation { get; set; }

    /// <summary>Connects, begins the transaction, applies and checks its settings, and takes its locks.</summary>
    /// <param name="dataSource">Where to connect; stays the caller's.</param>
    /// <param name="options">Settings and locks; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays behind.</param>
    /// <returns>The open transaction.</returns>
    /// <exception cref="DatabaseException">No connection, a setting was refused or reads back differently, or a lock is held by another
    /// session (named in the message).</exception>
    /// <exception cref="LoadRefusedException">The server is a standby, or the session is read-only.</exception>
    public static async Task<LoadTransaction> OpenAsync(
        NpgsqlDataSource dataSource, LoadTransactionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return await TryOpenAsync(dataSource, options, cancellationToken).ConfigureAwait(false)
            ?? (await TryOpenAsync(dataSource, options, cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Opens it; null where the session has lost its prepared statements, after which none are made.</summary>
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
            // DISCARD ALL or DEALLOCATE by somebody else who uses the same pool.
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
                DatabaseThrow.Failed("The start of the load transaction", server, error);
            throw;
        }
    }

    /// <summary>
    /// Gives a table its schema: the search path of the load holds no table, so that nobody can put another one in front of it.
    /// </summary>
    /// <param name="table">A table with or without schema.</param>
    /// <returns>The same table where it has a schema, else the table of that name in <see cref="Schema"/>.</returns>
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

    /// <summary>The schema of tables that are named without one.</summary>
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
            var batch = new NpgsqlBatch(Connection) { Timeout = 0, BatchCommands = { new NpgsqlBatchCommand("COMMIT"), StatusCommand() } };
            await using (batch.ConfigureAwait(false))
                status = (string?)await ScalarOfLastAsync(batch).ConfigureAwait(false);
        }
        catch (NpgsqlOperationInProgressException)
        {
            // A caller left a reader open: nothing was sent, so the transaction goes on.
            ended = false;
            throw;
        }
        catch (Exception error) when (error is NpgsqlException or IOException or InvalidOperationException)
        {
            cause = error;
        }

        // A COMMIT of a transaction that failed before is answered with a quiet ROLLBACK, so even an answer is checked.
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
    /// Rolls back. Does nothing when the transaction has ended; a lost connection counts as rolled back, because the server does so itself.
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

    /// <summary>Rolls back what was not committed, and gives the connection back.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        // Once only: Npgsql gives the same NpgsqlTransaction object to whoever gets the pooled connection next, and a second Dispose would
        // roll that one back.
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

    /// <summary>Notes rows that the server has confirmed, which a COMMIT makes visible.</summary>
    internal void CountRows(CopyTable table, long rows) => writtenRows[table] = writtenRows.GetValueOrDefault(table) + rows;

    /// <summary>Marks the transaction as failed, so that it cannot be committed; the first failure is kept.</summary>
    internal void Fail(Exception error) => failure ??= error;

    /// <summary>
    /// Leaves the connection behind: it waits for an answer that does not come, and nothing may be done with it any more. Its end, or that
    /// of this process, rolls back.
    /// </summary>
    /// <param name="operation">What waits; the connection is closed when it has ended after all.</param>
    internal void Abandon(Task operation)
    {
        ended = abandoned = true;
        _ = CloseAfterAsync(operation);
    }

    /// <summary>
    /// Asks the server, on another connection, to cancel what this one is doing. Best effort: a failure to ask is no failure of the load.
    /// </summary>
    internal async Task CancelBackendAsync()
    {
        using var limit = new CancellationTokenSource(CancelLimit);
        try
        {
            NpgsqlConnection other = await dataSource.OpenConnectionAsync(limit.Token).ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
            {
                // By its start too: with several hosts, the other connection may be to a server where this process id is somebody else's.
                var command = new NpgsqlBatchCommand($"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {ServerSession.IsItSql}");
                command.Parameters.AddRange(Session!.Parameters);
                await PinnedPath.ScalarAsync(other, command, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
            when (error is NpgsqlException or OperationCanceledException or TimeoutException or IOException or InvalidOperationException)
        {
            // No second connection to be had: the first one ends by its own means.
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
            // COMMIT has no rows, so the first result with columns is that of the last command.
            object? value = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? reader.GetValue(0) : null;
            return value is DBNull ? null : value;
        }
    }
}
