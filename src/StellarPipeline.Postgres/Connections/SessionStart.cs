using System.Data;
using Npgsql;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Begins a transaction: reads the initial state of the session, pins the search path, and checks that the session is as the address
/// requires.
/// </summary>
/// <remarks>This is done in every transaction, because a pooler may give each one another session. Settings end with the
/// transaction.</remarks>
internal static class SessionStart
{
    private const int TimeoutSeconds = 60;

    // Runs under the session's own path, so it uses qualified names and no operators.
    private const string OwnPath = "SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_schemas(false)";

    private const string Facts =
        "SELECT current_setting('search_path'), pg_backend_pid(), current_database()::text, current_user::text, pg_is_in_recovery(), "
            + "current_setting('transaction_read_only')";

    private const string Settings =
        "SELECT n.name, current_setting(n.name, true), s.setting FROM unnest($1) AS n(name) LEFT JOIN pg_settings s ON lower(s.name) = "
            + "lower(n.name)";

    /// <summary>The schema of tables that are named without one, as <see cref="ConnectionSettings.ConnectAsync"/> found it.</summary>
    /// <param name="dataSource">A data source.</param>
    /// <returns>The schema as it is in the catalogue; null if the search path of each session determines it, or if there is none.</returns>
    public static string? SchemaOf(NpgsqlDataSource dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return SessionDemands.Of(dataSource).Schema;
    }

    /// <summary>The same schema, if there must be one.</summary>
    /// <param name="dataSource">A data source of <see cref="ConnectionSettings.ConnectAsync"/>.</param>
    /// <returns>The schema as it is in the catalogue.</returns>
    /// <exception cref="ConnectionSettingsException">No schema of the search path exists, or the role may use none of them
    /// (FailureKind.Usage).</exception>
    public static string RequireSchemaOf(NpgsqlDataSource dataSource)
    {
        if (SchemaOf(dataSource) is { } schema)
            return schema;
        DatabaseThrow.NoSchema(ServerName.Of(dataSource), SessionDemands.Of(dataSource).OwnSearchPath ?? "");
        return "";
    }

    /// <summary>
    /// The schema of tables that are named without one, for any data source: the one that was found for its address, else the first of a
    /// session's own search path.
    /// </summary>
    /// <param name="dataSource">A data source.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The schema as it is in the catalogue.</returns>
    /// <exception cref="ConnectionSettingsException">No schema of the search path exists, or the session is not as the address requires
    /// (FailureKind.Usage).</exception>
    /// <exception cref="DatabaseException">No connection could be opened.</exception>
    public static async Task<string> RequireSchemaAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken = default)
    {
        if (SchemaOf(dataSource) is { } known)
            return known;
        NpgsqlConnection connection = await OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            (NpgsqlTransaction transaction, SessionFacts facts) =
                await BeginAsync(dataSource, connection, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (facts.Schema is null)
                    DatabaseThrow.NoSchema(ServerName.Of(connection), facts.SearchPath);
                return facts.Schema!;
            }
        }
    }

    /// <summary>Opens a connection.</summary>
    /// <param name="dataSource">The target.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The open connection; the caller disposes it.</returns>
    /// <exception cref="DatabaseException">No connection could be opened; the message says what was tried, what is wrong and what to
    /// do.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransientFailure.IsOfConnecting(error) || ConnectFailure.IsOfFiles(error))
        {
            // Npgsql reports some cancellations as failures, for example during a TLS handshake.
            cancellationToken.ThrowIfCancellationRequested();
            DatabaseThrow.ConnectFailed(ServerName.Of(dataSource),
                await ConnectFailure.DescribeAsync(dataSource, error, cancellationToken).ConfigureAwait(false), error);
            throw;
        }
    }

    /// <summary>Begins a transaction (READ COMMITTED) whose search path is <c>pg_catalog, pg_temp</c>.</summary>
    /// <param name="dataSource">The data source of the connection, with the requirements for its sessions.</param>
    /// <param name="connection">An open connection without a transaction.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <returns>The transaction, and the initial state of the session.</returns>
    /// <exception cref="ConnectionSettingsException">The session is not as the address requires (FailureKind.Usage).</exception>
    public static async Task<(NpgsqlTransaction Transaction, SessionFacts Facts)> BeginAsync(
        NpgsqlDataSource dataSource, NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(connection);
        NpgsqlTransaction transaction =
            await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        try
        {
            return (transaction, await EnterAsync(connection, SessionDemands.Of(dataSource), cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Pins the path of an open transaction and checks the session, in one round trip.</summary>
    internal static async Task<SessionFacts> EnterAsync(
        NpgsqlConnection connection, SessionDemands demands, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = TimeoutSeconds };
        await using (batch.ConfigureAwait(false))
        {
            AddTo(batch, demands);
            SessionAnswer answer;
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
                answer = await ReadAsync(reader, connection, demands, cancellationToken).ConfigureAwait(false);
            return Check(ServerName.Of(connection), demands, answer);
        }
    }

    /// <summary>Adds the statements that pin the path and read the state; they must be the first of a batch.</summary>
    internal static void AddTo(NpgsqlBatch batch, SessionDemands demands)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand(OwnPath));
        batch.BatchCommands.Add(PinnedPath.Command());
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Facts));
        if (demands.Settings.Count > 0)
        {
            batch.BatchCommands.Add(
                new NpgsqlBatchCommand(Settings)
                {
                    Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. demands.Settings.Select(setting => setting.Name)] } },
                });
        }
    }

    /// <summary>Reads the results of these statements. The reader is then at the last of them.</summary>
    internal static async Task<SessionAnswer> ReadAsync(
        NpgsqlDataReader reader, NpgsqlConnection connection, SessionDemands demands, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        string path = reader.GetString(0);
        string[] schemas = await reader.GetFieldValueAsync<string[]>(1, cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        int process = reader.GetInt32(1);
        var facts = new SessionFacts(path, schemas, process, process != connection.ProcessID, reader.GetString(2), reader.GetString(3))
        {
            IsStandby = reader.GetBoolean(4),
            IsReadOnly = reader.GetString(5) == "on",
        };
        var answer = new SessionAnswer(facts, reader.GetString(0), []);
        if (demands.Settings.Count == 0)
            return answer;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string? shown = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(1);
            string? raw = await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(2);
            answer.Settings.Add((reader.GetString(0), shown, raw));
        }

        return answer;
    }

    /// <summary>Compares the state of a session with its requirements.</summary>
    /// <exception cref="ConnectionSettingsException">The session is not as the address requires (FailureKind.Usage).</exception>
    internal static SessionFacts Check(string server, SessionDemands demands, SessionAnswer answer)
    {
        SessionFacts facts = answer.Facts;
        Require(server, facts, "search_path", PinnedPath.Value, answer.PinnedPath);
        if (demands.SearchPath is { } asked)
            Require(server, facts, "search_path", asked, facts.SearchPath);
        RequireServer(server, facts, demands.TargetSessionAttributes, facts.IsStandby, facts.IsReadOnly);
        foreach ((string name, string? shown, string? raw) in answer.Settings)
        {
            // If a setting is given several times, the last value applies, as on the server.
            SessionSetting wanted = demands.Settings.Last(setting => setting.Name == name);
            if (shown is null || !SettingText.Same(wanted.Value, shown, raw))
                DatabaseThrow.SessionDiffers(server, facts, name, wanted.Value, shown ?? "no such setting");
        }

        return facts;
    }

    private static void Require(string server, SessionFacts facts, string name, string asked, string found)
    {
        if (asked.Trim() != found)
            DatabaseThrow.SessionDiffers(server, facts, name, asked, found);
    }

    private static void RequireServer(string server, SessionFacts facts, string? attributes, bool isStandby, bool isReadOnly)
    {
        bool fits = attributes?.ToUpperInvariant().Replace("-", "", StringComparison.Ordinal) switch
        {
            "PRIMARY" => !isStandby,
            "STANDBY" => isStandby,
            "READWRITE" => !isStandby && !isReadOnly,
            "READONLY" => isStandby || isReadOnly,
            _ => true,
        };
        if (!fits)
        {
            DatabaseThrow.SessionDiffers(server, facts, "target_session_attrs", attributes!,
                $"{(isStandby ? "standby" : "primary")}, {(isReadOnly ? "read-only" : "read-write")}");
        }
    }
}
