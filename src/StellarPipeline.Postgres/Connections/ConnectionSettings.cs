using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>How to reach a database, with defaults for a bulk load.</summary>
/// <remarks>
/// <para>
/// Defaults unless the address sets them: the application name, no command time-out (a COMMIT that checks constraints may take long), at
/// most <see cref="DefaultPoolSize"/> connections, TCP keep-alive after 30 s (so that a firewall does not drop a connection that waits for
/// rows), a write buffer of 256 KiB (several small pages are sent together), no GSS encryption (it needs a round trip and a Kerberos
/// library), no row data in error details.
/// </para>
/// <para>If the user or the password is missing, Npgsql uses PGUSER, PGPASSWORD and the password file.</para>
/// </remarks>
public sealed partial class ConnectionSettings
{
    /// <summary>Application name if neither the address nor the caller sets one.</summary>
    public const string DefaultApplicationName = "pipeline";

    /// <summary>Host if the address sets none.</summary>
    public const string DefaultHost = "localhost";

    /// <summary>Maximum number of connections in the pool if the address sets none.</summary>
    public const int DefaultPoolSize = 10;

    // Pages larger than this buffer are written without a copy; smaller pages are collected in it (NpgsqlRawCopyStream.WriteAsync).
    private const int WriteBufferBytes = 256 * 1024;

    // A Unix socket accepts more data only after three quarters of its buffer have been read (unix_writable in Linux's
    // net/unix/af_unix.c). With the usual 208 KiB, the server has read the rest before a busy client is scheduled again: it was idle for
    // 30 % of a load; with this size, for 1 %. Linux grants at most net.core.wmem_max.
    // TCP sockets keep their default, because TCP enlarges its buffer by itself unless a size is set.
    private const int UnixSendBufferBytes = 4 * 1024 * 1024;

    private const int KeepAliveSeconds = 30;
    // Multiplexing does not work with COPY. Npgsql 11 refuses a connection string that names it, even to switch it off (its release notes,
    // "Removed multiplexing").
    private static readonly HashSet<string> GoneKeywords =
        new(["Multiplexing", "Write Coalescing Buffer Threshold Bytes", "WriteCoalescingBufferThresholdBytes"],
            StringComparer.OrdinalIgnoreCase);

    private readonly NpgsqlConnectionStringBuilder settings;

    private readonly string? targetSessionAttributes;
    private readonly TransportSettings transport;
    private bool givesPoolSize;

    private ConnectionSettings(NpgsqlConnectionStringBuilder settings, string? targetSessionAttributes, TransportSettings transport)
    {
        this.settings = settings;
        this.targetSessionAttributes = targetSessionAttributes;
        this.transport = transport;
    }

    /// <summary>
    /// The complete connection string for Npgsql. It may contain the password: never print it; print <see cref="Describe"/>.
    /// </summary>
    public string ConnectionString => settings.ConnectionString;

    /// <summary>Host name, socket folder, or several of them separated by commas, with their ports if they differ.</summary>
    public string Host => settings.Host!;

    /// <summary>Port of hosts without a port of their own.</summary>
    public int Port => settings.Port;

    /// <summary>Database, or null for the one with the user's name.</summary>
    public string? Database => settings.Database;

    /// <summary>User, or null for the user of the environment.</summary>
    public string? Username => settings.Username;

    /// <summary>Search path for tables, or null for the server's default.</summary>
    public string? SearchPath => settings.SearchPath;

    /// <summary>Application name, as in pg_stat_activity.</summary>
    public string ApplicationName => settings.ApplicationName!;

    /// <summary>Reads an address.</summary>
    /// <param name="text">
    /// A postgres:// or postgresql:// URL as libpq takes it (percent-encoded parts, several hosts, <c>sslmode</c> and other parameters,
    /// also <c>search_path</c>), libpq's <c>keyword=value …</c>, or Npgsql's <c>Keyword=Value;…</c>. In the first two forms, missing values
    /// are taken from libpq's environment variables (PGHOST, PGSERVICE and so on).
    /// </param>
    /// <param name="applicationName">Application name in pg_stat_activity if the address sets none.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConnectionSettingsException">The address is invalid (FailureKind.Usage); the message repeats nothing that may be
    /// secret.</exception>
    public static ConnectionSettings Parse(string text, string applicationName = DefaultApplicationName)
    {
        ArgumentNullException.ThrowIfNull(text);
        string address = text.Trim();
        if (address.Length == 0)
            DatabaseThrow.AddressEmpty();
        (NpgsqlConnectionStringBuilder settings, TransportSettings transport) = ConnectionUrl.IsUrl(address) ? ConnectionUrl.Parse(address)
            : ConnectionKeywords.Read(address) is { } pairs ? ConnectionKeywords.Parse(pairs)
            : (ParseKeywords(address), TransportSettings.None);
        string? attributes = settings.TargetSessionAttributes;
        TakeMode(settings);
        bool givesPoolSize = IsGiven(settings, "Maximum Pool Size");
        Complete(settings, applicationName);
        bool usesPlatformStore = TakePlatformStore(settings);
        string? authorities = usesPlatformStore ? null : RootCertificates.Apply(settings);
        Check(settings);
        return new ConnectionSettings(
            settings, attributes, transport with { UsesPlatformStore = usesPlatformStore, AuthoritiesFile = authorities })
        {
            givesPoolSize = givesPoolSize,
        };
    }

    /// <summary>Makes the same settings for another database of the server.</summary>
    /// <param name="database">Name of the database.</param>
    /// <returns>New settings.</returns>
    public ConnectionSettings WithDatabase(string database) =>
        With(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = database });

    /// <summary>Makes the same settings with pool limits, where the address sets none.</summary>
    internal ConnectionSettings WithLimits(PoolLimits limits)
    {
        var limited = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        if (!givesPoolSize) limited.MaxPoolSize = Math.Max(limits.MaxConnections, limited.MinPoolSize);
        if (!IsGiven(settings, "Connection Idle Lifetime"))
        {
            limited.ConnectionIdleLifetime = (int)limits.IdleLifetime.TotalSeconds;
            if (!IsGiven(settings, "Connection Pruning Interval"))
            {
                limited.ConnectionPruningInterval =
                    Math.Max(1, Math.Min(limited.ConnectionPruningInterval, limited.ConnectionIdleLifetime));
            }
        }

        if (!IsGiven(settings, "Connection Lifetime")) limited.ConnectionLifetime = (int)limits.Lifetime.TotalSeconds;
        return With(limited);
    }

    /// <summary>Makes the same settings with a server command-line option added after those of the address.</summary>
    internal ConnectionSettings WithOption(string option) => With(
        new NpgsqlConnectionStringBuilder(settings.ConnectionString)
        {
            Options = string.IsNullOrEmpty(settings.Options) ? option : $"{settings.Options} {option}",
        });

    private ConnectionSettings With(NpgsqlConnectionStringBuilder changed) =>
        new(changed, targetSessionAttributes, transport) { givesPoolSize = givesPoolSize };

    /// <summary>Creates a data source; the caller disposes it. No connection is opened yet.</summary>
    /// <remarks>
    /// Its sessions start with the search path of the address or the role; every transaction of this library pins its own.
    /// <see cref="ConnectAsync"/> also pins the sessions.
    /// </remarks>
    /// <param name="loggers">Receives Npgsql's log; null for no logging. Parameters of statements are never logged.</param>
    /// <returns>The data source.</returns>
    public NpgsqlDataSource CreateDataSource(ILoggerFactory? loggers = null) => Build(settings, loggers, Demands, loadsTypes: true);

    /// <summary>Host, port, database and user, for messages and reports. Contains no secret.</summary>
    /// <returns>For example <c>db.example.org:5432/wallet as loader</c>.</returns>
    public string Describe() => ServerName.Of(Host, Port, Database ?? Username, Username);

    /// <summary>The same as <see cref="Describe"/>, so that no log line shows a password by accident.</summary>
    /// <returns>The description.</returns>
    public override string ToString() => Describe();

    private static NpgsqlConnectionStringBuilder ParseKeywords(string text)
    {
        var given = new System.Data.Common.DbConnectionStringBuilder();
        try
        {
            given.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            DatabaseThrow.AddressSyntax();
        }

        var settings = new NpgsqlConnectionStringBuilder();
        if (ConnectionText.EmptyKeyword(text) is { } empty)
        {
            // An unknown keyword may be the rest of a password.
            if (!settings.ContainsKey(empty))
                DatabaseThrow.AddressKeyword();
            DatabaseThrow.AddressValueEmpty(empty);
        }

        foreach (string keyword in given.Keys.Cast<string>().Where(keyword => !GoneKeywords.Contains(keyword)))
        {
            if (!settings.ContainsKey(keyword))
                DatabaseThrow.AddressKeyword();
            try
            {
                settings[keyword] = given[keyword];
            }
            catch (ArgumentException)
            {
                DatabaseThrow.AddressParameterValue(keyword, "a value that the Npgsql manual lists for it");
            }
        }

        if (settings.Host?.Contains(' ', StringComparison.Ordinal) == true)
            DatabaseThrow.AddressSpaces();
        return settings;
    }

    private static void Complete(NpgsqlConnectionStringBuilder settings, string applicationName)
    {
        var given = new HashSet<string>(settings.Keys, StringComparer.OrdinalIgnoreCase);
        if (string.IsNullOrWhiteSpace(settings.Host))
            settings.Host = DefaultHost;
        if (string.IsNullOrWhiteSpace(settings.ApplicationName))
            settings.ApplicationName = applicationName;
        // Distributed transactions do not work with COPY, so the address cannot enable them.
        settings.Enlist = false;
        if (!given.Contains("Command Timeout"))
            settings.CommandTimeout = 0;
        if (!given.Contains("Maximum Pool Size"))
            settings.MaxPoolSize = Math.Max(DefaultPoolSize, settings.MinPoolSize);
        if (!given.Contains("GSS Encryption Mode"))
            settings.GssEncryptionMode = GssEncryptionMode.Disable;
        if (!given.Contains("Write Buffer Size"))
            settings.WriteBufferSize = WriteBufferBytes;
        string[] hosts = settings.Host.Split(',');
        bool onlyTcp = !hosts.Any(IsUnixSocket);
        if (hosts.All(IsUnixSocket) && !given.Contains("Socket Send Buffer Size"))
            settings.SocketSendBufferSize = UnixSendBufferBytes;
        // TCP options cannot be set on a Unix socket: Npgsql would fail to connect, while libpq ignores them.
        if (!onlyTcp)
        {
            settings.TcpKeepAlive = false;
            settings.TcpKeepAliveTime = settings.TcpKeepAliveInterval = 0;
        }

        // Npgsql does not accept an interval without a time.
        if (settings is { TcpKeepAliveInterval: > 0, TcpKeepAliveTime: 0 })
            settings.TcpKeepAliveTime = KeepAliveSeconds;
        if (onlyTcp && !given.Contains("TCP Keepalive") && !given.Contains("TCP Keepalive Time"))
        {
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = KeepAliveSeconds;
            if (!given.Contains("TCP Keepalive Interval"))
                settings.TcpKeepAliveInterval = 10;
        }

        // With one host there is no choice, and Npgsql refuses the attribute. Instead, this library compares it with the state of the
        // session.
        if (!settings.Host.Contains(',', StringComparison.Ordinal))
            settings.TargetSessionAttributes = null;
        MoveSearchPath(settings);
    }

    /// <summary>Whether the address gives a value for a keyword; ContainsKey would say whether Npgsql knows the keyword.</summary>
    internal static bool IsGiven(NpgsqlConnectionStringBuilder settings, string keyword) =>
        new HashSet<string>(settings.Keys, StringComparer.OrdinalIgnoreCase).Contains(keyword);

    internal static bool IsUnixSocket(string host) => host.StartsWith('/') || host.StartsWith('@');

    /// <summary>
    /// Applies libpq's PGSSLMODE, which Npgsql does not support: an address without a TLS mode must not be weaker than the environment
    /// demands.
    /// </summary>
    private static void TakeMode(NpgsqlConnectionStringBuilder settings)
    {
        if (Environment.GetEnvironmentVariable("PGSSLMODE") is { Length: > 0 } mode && !IsGiven(settings, "SSL Mode"))
            settings.SslMode = ConnectionParameters.SslModeOf("PGSSLMODE of the environment, which sets sslmode", mode);
    }

    /// <summary>
    /// Applies libpq's <c>sslrootcert=system</c>: the certificate authorities of the platform. It requires the full check, which is then
    /// also the default.
    /// </summary>
    private static bool TakePlatformStore(NpgsqlConnectionStringBuilder settings)
    {
        if (RootCertificates.Named(settings) != TransportSettings.PlatformStore)
            return false;
        if (!IsGiven(settings, "SSL Mode"))
            settings.SslMode = SslMode.VerifyFull;
        if (settings.SslMode != SslMode.VerifyFull)
        {
            DatabaseThrow.AddressCombination(
                "sslrootcert=system trusts the platform's authorities, which sign certificates for anybody's host name; only "
                    + "sslmode=verify-full checks the name.");
        }

        settings.RootCertificate = null;
        return true;
    }

    // libpq sets the search path by a command-line option of the server. As a separate setting it can be read and reported.
    private static void MoveSearchPath(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Options is null || !ServerOptions.TryTakeSearchPath(settings.Options, out string searchPath, out string rest))
            return;
        settings.SearchPath ??= searchPath;
        settings.Options = rest.Length == 0 ? null : rest;
    }

    private static void Check(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Host!.Split(',').Any(string.IsNullOrWhiteSpace))
            DatabaseThrow.AddressCombination("one of the hosts is empty.");
        try
        {
            new NpgsqlDataSourceBuilder(settings.ConnectionString).Build().Dispose();
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or FormatException or InvalidOperationException)
        {
            // These messages of Npgsql name keywords, never values; to be safe, only the first line is shown.
            DatabaseThrow.AddressCombination(error is FormatException ? "a port is not a number." : error.Message.Split('\n')[0].TrimEnd());
        }
    }
}
