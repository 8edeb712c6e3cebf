using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>The settings and the access rules of one running server, as two files in its run directory.</summary>
/// <remarks>
/// The cluster's own postgresql.conf is included first, so it applies except where these settings override it; its pg_hba.conf is not read.
/// Both files are removed with the run directory, so a data directory that is reused later keeps none of these settings.
/// Access over the socket is <c>trust</c>: only the server's own user and root can enter the folder, and both can read the data files
/// anyway, so a password would protect nothing.
/// </remarks>
internal sealed class ServerConfiguration
{
    /// <summary>The superuser that initdb creates.</summary>
    public const string Superuser = "postgres";

    /// <summary>File in the data directory with the superuser's generated password. Needed for TCP only.</summary>
    public const string PasswordFileName = "pipeline.password";

    private readonly EmbeddedServerOptions options;
    private readonly RunDirectory run;

    public ServerConfiguration(EmbeddedServerOptions options, RunDirectory run, bool socket)
    {
        this.options = options;
        this.run = run;
        Socket = socket;
        Port = socket ? RunDirectory.SocketPort : FreePort();
    }

    /// <summary>Whether clients connect over a unix socket.</summary>
    public bool Socket { get; }

    /// <summary>TCP port, or the number in the socket's file name.</summary>
    public int Port { get; }

    /// <summary>Host for connection strings: the socket's folder, or the loopback address.</summary>
    public string Host => Socket ? run.FullPath : "127.0.0.1";

    /// <summary>The file that the server is started with.</summary>
    public string ConfigurationPath => run.Inside("server.conf");

    /// <summary>The password file for psql.</summary>
    public string PasswordPath => run.Inside("pgpass");

    private string AccessRulesPath => run.Inside("access.conf");

    /// <summary>Writes the files and gives them to the server's user.</summary>
    /// <param name="dataDirectory">The cluster.</param>
    /// <param name="durable">See <see cref="EmbeddedServerOptions.Durable"/>.</param>
    /// <param name="password">Superuser's password; null over a socket.</param>
    /// <param name="account">The server's user.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task WriteAsync(
        string dataDirectory, bool durable, string? password, ServerAccount account, CancellationToken cancellationToken)
    {
        await account.WriteAsync(
            AccessRulesPath, Socket ? "local all all trust\n" : "host all all 127.0.0.1/32 scram-sha-256\n", cancellationToken)
            .ConfigureAwait(false);
        await account.WriteAsync(ConfigurationPath, Text(dataDirectory, durable), cancellationToken).ConfigureAwait(false);
        // psql runs as the user of this process, so this user keeps the file.
        if (password is not null)
            RunDirectory.WritePrivate(PasswordPath, FormattableString.Invariant($"{Host}:{Port}:*:{Superuser}:{password}\n"));
    }

    private string Text(string dataDirectory, bool durable)
    {
        var text = new StringBuilder();
        text.Append("include_if_exists = ").Append(Quote(Path.Combine(dataDirectory, "postgresql.conf"))).Append('\n');
        Set("data_directory", dataDirectory);
        Set("hba_file", AccessRulesPath);
        Set("cluster_name", "pipeline");
        Set("port", Port.ToString(CultureInfo.InvariantCulture));
        Set("listen_addresses", Socket ? "" : "127.0.0.1");
        Set("unix_socket_directories", Socket ? run.FullPath : "");
        Set("max_connections", options.MaxConnections.ToString(CultureInfo.InvariantCulture));
        // The log goes to standard error, which pg_ctl sends to one file; error messages quote its end.
        Set("logging_collector", "off");
        Set("log_destination", "stderr");
        Set("lc_messages", "C");
        Set("log_timezone", "UTC");
        Set("timezone", "UTC");
        // This server has no standby and no WAL archive, so a table that is created and filled in one transaction needs no WAL.
        Set("wal_level", "minimal");
        Set("max_wal_senders", "0");
        Set("archive_mode", "off");
        Set("shared_buffers", Kibibytes(options.SharedBuffersBytes ?? DefaultSharedBuffersBytes()));
        Set("max_wal_size", Mebibytes(options.MaxWalBytes));
        Set("checkpoint_timeout", FormattableString.Invariant($"{(long)options.CheckpointTimeout.TotalSeconds}s"));
        Set("maintenance_work_mem", Kibibytes(options.MaintenanceWorkMemoryBytes));
        Set("fsync", durable ? "on" : "off");
        Set("full_page_writes", durable ? "on" : "off");
        Set("synchronous_commit", durable ? "on" : "off");
        foreach ((string? name, string? value) in options.Settings)
            Set(name, value);
        return text.ToString();

        void Set(string name, string value) => text.Append(name).Append(" = ").Append(Quote(value)).Append('\n');
    }

    private static long DefaultSharedBuffersBytes() => Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 128L << 20, 1L << 30);

    private static string Kibibytes(long bytes) => FormattableString.Invariant($"{bytes >> 10}kB");

    private static string Mebibytes(long bytes) => FormattableString.Invariant($"{bytes >> 20}MB");

    // postgresql.conf: a quote inside quotes is doubled, and a backslash starts an escape.
    private static string Quote(string value) =>
        "'" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
