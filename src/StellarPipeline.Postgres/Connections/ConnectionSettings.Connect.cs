using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <content>Connects and makes sessions safe to work in.</content>
public sealed partial class ConnectionSettings
{
    // Errors of the server and PgBouncer for a parameter of the startup packet that they do not accept.
    private const string ProtocolViolation = "08P01";

    private SessionDemands Demands =>
        SessionDemands.Of(settings) with { TargetSessionAttributes = targetSessionAttributes, Transport = transport };

    /// <summary>
    /// Connects once, finds the target schema and whether there is a pooler, and creates a data source whose sessions start with the search
    /// path <c>pg_catalog, pg_temp</c>.
    /// </summary>
    /// <remarks>
    /// The path is sent in the startup packet, before any statement. A pooler refuses that parameter (PgBouncer: 08P01) or drops it. Behind
    /// a pooler, sessions keep their own path, and each transaction pins its path. In both cases no setting outlives a transaction.
    /// </remarks>
    /// <param name="schema">The schema of tables named without one, as written in the catalogue; null for the first existing schema of the
    /// search path of the address or the role.</param>
    /// <param name="loggers">Receives Npgsql's log; null for no logging.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The data source; the caller disposes it.</returns>
    /// <exception cref="DatabaseException">The server cannot be reached, or does not let the role in.</exception>
    /// <exception cref="ConnectionSettingsException">A session does not have a setting that the address requires, or the schema does not
    /// exist (FailureKind.Usage).</exception>
    public async Task<NpgsqlDataSource> ConnectAsync(
        string? schema = null, ILoggerFactory? loggers = null, CancellationToken cancellationToken = default)
    {
        RequireFiles();
        SessionFacts facts = await ProbeAsync(schema, loggers, cancellationToken).ConfigureAwait(false);
        SessionDemands found = Demands with { Schema = schema ?? facts.Schema, OwnSearchPath = facts.SearchPath };
        if (!facts.IsPooled)
        {
            var pinned = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { SearchPath = PinnedPath.Value };
            NpgsqlDataSource direct = Build(pinned, loggers, found with { SearchPath = PinnedPath.Value }, loadsTypes: true);
            try
            {
                await TryAsync(direct, cancellationToken).ConfigureAwait(false);
                return direct;
            }
            catch (Exception error)
            {
                await direct.DisposeAsync().ConfigureAwait(false);
                if (error is not (ConnectionSettingsException or DatabaseException { SqlState: ProtocolViolation }))
                    throw;
            }
        }

        // No reset, because its statement would run before the first statement of this library, and there is nothing to reset.
        var between = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { NoResetOnClose = true };
        return Build(between, loggers, found, loadsTypes: false);
    }

    private NpgsqlDataSource Build(NpgsqlConnectionStringBuilder text, ILoggerFactory? loggers, SessionDemands demands, bool loadsTypes)
    {
        // Npgsql reads types from the catalogue before the first statement of this library, so ConnectAsync allows this only on pinned
        // sessions. This library uses only built-in types, which Npgsql knows by itself.
        NpgsqlDataSourceBuilder builder = new NpgsqlDataSourceBuilder(text.ConnectionString)
            .UseLoggerFactory(loggers is null ? null : new StatementLogFactory(loggers))
            .ConfigureTypeLoading(types => types.EnableTypeLoading(loadsTypes));
        transport.Apply(builder);
        NpgsqlDataSource dataSource = builder.Build();
        demands.AppliesTo(dataSource);
        return dataSource;
    }

    /// <summary>Checks that the files named in the address exist: Npgsql would report a missing file as a failed handshake.</summary>
    private void RequireFiles()
    {
        if (settings.SslMode == SslMode.Disable || settings.Host!.Split(',').All(IsUnixSocket))
            return;
        RequireAuthorities();
        RequireFile("sslcert", settings.SslCertificate);
        RequireFile("sslkey", settings.SslKey);
    }

    private void RequireAuthorities()
    {
        bool isChecked = settings.SslMode is SslMode.VerifyCA or SslMode.VerifyFull || transport.AuthoritiesFile is not null;
        if (!isChecked || transport.UsesPlatformStore || (transport.AuthoritiesFile ?? RootCertificates.FileOf(settings)) is not { } file)
            return;
        bool isOfEnvironment = file == Environment.GetEnvironmentVariable(RootCertificates.Variable) && settings.RootCertificate is null;
        string parameter = isOfEnvironment ? $"{RootCertificates.Variable} of the environment, or sslrootcert" : "sslrootcert";
        RequireFile(parameter, file);
        if (RootCertificates.Load(file).Count == 0)
            DatabaseThrow.FileWithoutCertificate(parameter, file);
    }

    private static void RequireFile(string parameter, string? file)
    {
        if (string.IsNullOrEmpty(file))
            return;
        try
        {
            File.OpenRead(file).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            DatabaseThrow.FileMissing(parameter, file, error.Message);
        }
    }

    /// <summary>Reads the initial state of a session, without settings of this library.</summary>
    private async Task<SessionFacts> ProbeAsync(string? schema, ILoggerFactory? loggers, CancellationToken cancellationToken)
    {
        var alone = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false };
        NpgsqlDataSource probe = Build(alone, loggers, Demands, loadsTypes: false);
        await using (probe.ConfigureAwait(false))
        {
            try
            {
                return await TryAsync(probe, cancellationToken, schema).ConfigureAwait(false);
            }
            catch (DatabaseException error) when (error.InnerException is PostgresException { SqlState: ProtocolViolation } refusal)
            {
                DatabaseThrow.StartupRefused(ServerName.Of(probe), refusal);
                throw;
            }
        }
    }

    private static async Task<SessionFacts> TryAsync(
        NpgsqlDataSource dataSource, CancellationToken cancellationToken, string? schema = null)
    {
        try
        {
            NpgsqlConnection connection = await SessionStart.OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                (NpgsqlTransaction transaction, SessionFacts facts) =
                    await SessionStart.BeginAsync(dataSource, connection, cancellationToken).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    if (schema is not null && !await ExistsAsync(connection, schema, cancellationToken).ConfigureAwait(false))
                        DatabaseThrow.SchemaMissing(ServerName.Of(connection), schema);
                    return facts;
                }
            }
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DatabaseThrow.Failed("Reading the state of the session", ServerName.Of(dataSource), error);
            throw;
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var command =
            new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1 AND has_schema_privilege(oid, 'USAGE'))",
                connection)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = schema } },
            };
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }
}
