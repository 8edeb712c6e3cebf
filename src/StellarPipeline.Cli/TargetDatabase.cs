using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Cli;

/// <summary>
/// The database that a command works on: the one that the user named, or one on a private server that runs as long as the command.
/// </summary>
internal sealed class TargetDatabase : IAsyncDisposable
{
    /// <summary>Name of the database on a private server.</summary>
    public const string PrivateName = "wallet";

    private TargetDatabase(
        NpgsqlDataSource dataSource, ConnectionSettings settings, EmbeddedServer? server, string? psqlCommandLine = null)
    {
        DataSource = dataSource;
        Settings = settings;
        Server = server;
        PsqlCommandLine = psqlCommandLine ?? server?.PsqlCommandLine;
    }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>The same connections as a pool for writers whose rows must not be lost.</summary>
    public LivePool Live => LivePool.Of(DataSource);

    /// <summary>The connection settings of the database. May contain a password.</summary>
    public ConnectionSettings Settings { get; }

    /// <summary>The private server; null if the user named a database or another process runs the server.</summary>
    public EmbeddedServer? Server { get; }

    /// <summary>A command line that opens psql on the private server; null for a database that the user named.</summary>
    public string? PsqlCommandLine { get; }

    /// <summary>Where the private server keeps its data if the user names no folder.</summary>
    /// <remarks>
    /// Other users cannot read root's own folders, and PostgreSQL does not run as root. So root gets a system folder.
    /// </remarks>
    public static string DefaultDataDirectory => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()
        ? "/var/lib/stellar-pipeline/postgres"
        : Path.Combine(Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "stellar-pipeline", "postgres");

    /// <summary>Connects to the database that the user named, otherwise starts the private server.</summary>
    /// <param name="connection">The database; null for the private server.</param>
    /// <param name="dataDirectory">The private server's folder; null for the default one.</param>
    /// <param name="schema">The schema of the tables; null to take the first existing one of the search path.</param>
    /// <param name="loggers">Get the log events.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="mustExist">True for commands that need an existing database: a misspelt folder is an error, not a new
    /// server; and a server that another process runs, such as the command <c>server</c>, is used as it is.</param>
    /// <param name="limits">Limits of the connections if the address has none; null for those of a single load.</param>
    /// <param name="mayShare">False for a command that needs the server for itself.</param>
    public static async Task<TargetDatabase> OpenAsync(string? connection, string? dataDirectory, string? schema, ILoggerFactory loggers,
        CancellationToken cancellationToken, bool mustExist = false, PoolLimits? limits = null, bool mayShare = true)
    {
        if (connection is not null)
        {
            var named = ConnectionSettings.Parse(connection, Product.Name);
            return new TargetDatabase(await ConnectAsync(named, schema, limits, loggers, cancellationToken), named, null);
        }

        var options = new EmbeddedServerOptions
        {
            DataDirectory = dataDirectory ?? DefaultDataDirectory,
            Database = PrivateName,
            MustExist = mustExist,
        };
        if (mustExist && mayShare && await RunningServer.FindAsync(options, cancellationToken) is { } running)
        {
            var shared = ConnectionSettings.Parse(running.ConnectionString, Product.Name);
            return new TargetDatabase(
                await ConnectAsync(shared, schema, limits, loggers, cancellationToken), shared, null, running.PsqlCommandLine);
        }

        EmbeddedServer server = await EmbeddedServer.StartAsync(options, loggers.CreateLogger<EmbeddedServer>(), cancellationToken);
        try
        {
            var own = ConnectionSettings.Parse(server.ConnectionString, Product.Name);
            return new TargetDatabase(await ConnectAsync(own, schema, limits, loggers, cancellationToken), own, server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task<NpgsqlDataSource> ConnectAsync(
        ConnectionSettings settings, string? schema, PoolLimits? limits, ILoggerFactory loggers, CancellationToken cancellationToken) =>
            limits is null
                ? await settings.ConnectAsync(schema, loggers, cancellationToken)
                : (await LivePool.ConnectAsync(settings, limits, schema, loggers, cancellationToken)).DataSource;

    /// <summary>Adds the target schema to a table name in SQL syntax if the name has no schema.</summary>
    public string Qualify(string table)
    {
        bool isQuoted = false;
        foreach (char letter in table)
        {
            if (letter == '"') isQuoted = !isQuoted;
            else if (letter == '.' && !isQuoted) return table;
        }

        return $"{CopyTable.Quote(SessionStart.RequireSchemaOf(DataSource))}.{table}";
    }

    /// <summary>Prints how to read the rows on the private server, which stops with the command.</summary>
    /// <param name="dataDirectory">The folder that the user named; null for the default one.</param>
    /// <param name="writer">Gets the text.</param>
    public static void PrintWhereRowsAre(string? dataDirectory, TextWriter writer)
    {
        string where = dataDirectory is null ? "" : $" --data-directory {dataDirectory}";
        writer.WriteLine($"The rows are in database {PrivateName} of the private server, which is stopped.");
        writer.WriteLine($"Read them: {StartedAs.Command} psql{where}");
        writer.WriteLine($"Or run the server: {StartedAs.Command} server{where}");
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        if (Server is not null) await Server.DisposeAsync();
    }
}
