using System.Globalization;
using System.Security.Authentication;
using System.Text;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Applies the parameters of an address: the query of a postgres:// URL, or libpq's keyword form.</summary>
/// <remarks>
/// <para>Complete for libpq of PostgreSQL 18 (manual, "Parameter Key Words"), Go's pgx (ParseConfig, and pool_… of its pool) and lib/pq.
/// Parameters that do not affect a load are accepted and ignored; all others are applied, or refused with the reason.</para>
/// <para>Any other name is taken as a server setting, as in pgx: it is sent to the server, and each session is checked for it. Names that
/// begin like those of libpq are refused: a misspelt <c>sslmode</c> must not become an unknown server setting on an unencrypted
/// connection.</para>
/// </remarks>
internal static class ConnectionParameters
{
    private const int MaxTimeoutSeconds = 1024;

    private static readonly string[] Families =
        ["ssl", "gss", "krb", "host", "port", "user", "dbname", "channel_", "require", "target_", "load_balance", "connect", "keepalive",
            "replication", "service", "oauth", "passw", "passf", "protocol"];

    // Server settings whose names begin like a family.
    private static readonly string[] ServerSettings = ["password_encryption"];

    private static readonly Dictionary<string, Action<ConnectionAddress, string>> Known = new(StringComparer.Ordinal)
    {
        ["host"] = (address, value) => address.HostList = value,
        ["hostaddr"] = (address, value) => address.AddressList = value,
        ["port"] = (address, value) => address.PortList = value,
        ["user"] = (address, value) => address.Settings.Username = value,
        ["password"] = (address, value) => address.Settings.Password = value,
        ["dbname"] = (address, value) => address.Settings.Database = value,
        ["passfile"] = (address, value) => address.Settings.Passfile = value,
        ["service"] = (address, value) => address.Service = value,
        ["servicefile"] = (address, value) => address.ServiceFile = value,
        ["application_name"] = (address, value) => address.Settings.ApplicationName = value,
        ["fallback_application_name"] = (address, value) => address.Settings.ApplicationName ??= value,
        ["search_path"] = (address, value) => address.Settings.SearchPath = value,
        ["options"] = (address, value) => address.Settings.Options = value,
        ["timezone"] = (address, value) => address.Settings.Timezone = value,
        ["connect_timeout"] = (
            address, value) => address.Settings.Timeout = Math.Min(MaxTimeoutSeconds, Seconds("connect_timeout", value, MaxTimeoutSeconds)),
        ["keepalives"] = (address, value) => address.KeepsAlive = Switch("keepalives", value),
        ["keepalives_idle"] = (address, value) => address.Settings.TcpKeepAliveTime = Seconds("keepalives_idle", value, int.MaxValue),
        ["keepalives_interval"] =
            (address, value) => address.Settings.TcpKeepAliveInterval = Seconds("keepalives_interval", value, int.MaxValue),
        ["sslmode"] = (address, value) => address.Settings.SslMode = Choice<SslMode>("sslmode", value),
        ["ssl"] = (address, value) => RequireSsl(address, "ssl", value),
        ["requiressl"] = (address, value) => RequireSsl(address, "requiressl", value),
        ["sslnegotiation"] = (address, value) => address.Settings.SslNegotiation = Choice<SslNegotiation>("sslnegotiation", value),
        ["sslrootcert"] = (address, value) => address.Settings.RootCertificate = value,
        ["sslcert"] = (address, value) => address.Settings.SslCertificate = value,
        ["sslkey"] = (address, value) => address.Settings.SslKey = value,
        ["sslpassword"] = (address, value) => address.Settings.SslPassword = value,
        ["sslcertmode"] = SetCertificateMode,
        ["ssl_min_protocol_version"] = (address, value) => address.MinProtocol = Protocol("ssl_min_protocol_version", value),
        ["ssl_max_protocol_version"] = (address, value) => address.MaxProtocol = Protocol("ssl_max_protocol_version", value),
        ["sslcrl"] =
            (_, value) =>
                Refuse(
                    "sslcrl", value,
                    "certificate revocation lists are not read, so a revoked certificate would be accepted. Leave it out, or ask the "
                        + "authority to sign short-lived certificates"),
        ["sslcrldir"] =
            (_, value) =>
                Refuse(
                    "sslcrldir", value,
                    "certificate revocation lists are not read, so a revoked certificate would be accepted. Leave it out, or ask the "
                        + "authority to sign short-lived certificates"),
        ["requirepeer"] = (address, value) => address.RequiredPeer = value,
        ["channel_binding"] = (address, value) => address.Settings.ChannelBinding = Choice<ChannelBinding>("channel_binding", value),
        ["require_auth"] = SetRequiredAuthentication,
        ["gssencmode"] = (address, value) => address.Settings.GssEncryptionMode = Choice<GssEncryptionMode>("gssencmode", value),
        ["krbsrvname"] = (address, value) => address.Settings.KerberosServiceName = value,
        ["krbspn"] = (
            _, value) => Refuse("krbspn", value, "the whole principal of the server cannot be set here; its service part can (krbsrvname)"),
        ["gssdelegation"] = (_, value) =>
            RefuseUnless("gssdelegation", value, !Switch("gssdelegation", value), "Kerberos tickets are not forwarded here. Leave it out"),
        ["target_session_attrs"] = SetTarget,
        ["load_balance_hosts"] =
            (address, value) => address.Settings.LoadBalanceHosts = One("load_balance_hosts", value, "disable", "random") == "random",
        ["replication"] =
            (_, value) => RefuseUnless("replication", value, value.ToLowerInvariant() is "" or "false" or "off" or "no" or "0",
                "a load cannot run on a replication connection. Leave it out"),
        ["min_protocol_version"] =
            (_, value) => RefuseUnless("min_protocol_version", value, One("min_protocol_version", value, "3.0", "3.2", "latest") == "3.0",
                "only version 3.0 of the protocol is supported here. Leave it out"),
        ["max_protocol_version"] = (_, value) => One("max_protocol_version", value, "3.0", "3.2", "latest"),
        ["scram_client_key"] =
            (_, value) =>
                Refuse("scram_client_key", value,
                    "log-in by stored SCRAM keys is not supported here. Give the password (PGPASSWORD, or a password file)"),
        ["scram_server_key"] =
            (_, value) =>
                Refuse("scram_server_key", value,
                    "log-in by stored SCRAM keys is not supported here. Give the password (PGPASSWORD, or a password file)"),
        ["oauth_issuer"] = (_, value) =>
            Refuse("oauth_issuer", value, "log-in by OAuth is not supported here. Give a password, a client certificate or Kerberos"),
        ["oauth_client_id"] = (_, value) =>
            Refuse("oauth_client_id", value, "log-in by OAuth is not supported here. Give a password, a client certificate or Kerberos"),
        ["oauth_client_secret"] =
            (_, value) => Refuse(
                "oauth_client_secret", value, "log-in by OAuth is not supported here. Give a password, a client certificate or Kerberos"),
        ["oauth_scope"] = (_, value) =>
            Refuse("oauth_scope", value, "log-in by OAuth is not supported here. Give a password, a client certificate or Kerberos"),
        ["sslinline"] =
            (_, value) => RefuseUnless("sslinline", value, value is "" or "false",
                "certificates are read from files here. Put them into files and name these (sslrootcert, sslcert, sslkey)"),
    };

    // Parameters that do not change what is loaded: detection of dead peers, compression, logging of keys, prepared statements, encoding.
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "keepalives_count", "tcp_user_timeout", "client_encoding", "sslcompression", "sslsni", "sslkeylogfile", "gsslib", "authtype", "tty",
        "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity", "statement_cache_mode",
        "prefer_simple_protocol",
        "binary_parameters", "disable_prepared_binary_result",
    };

    // Parameters that are often given empty and then request nothing.
    private static readonly HashSet<string> Optional = new(StringComparer.Ordinal)
    {
        "password", "sslcrl", "sslcrldir", "requirepeer", "krbspn", "replication", "sslinline", "ssl_min_protocol_version",
        "ssl_max_protocol_version",
        "scram_client_key", "scram_server_key", "oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope",
    };

    /// <summary>Whether the value may be empty: the parameter is ignored, or an empty value requests nothing.</summary>
    public static bool MayBeEmpty(string name) =>
        Harmless.Contains(name) || Optional.Contains(name) || name.StartsWith("pool_", StringComparison.Ordinal);

    /// <summary>Names of all known parameters, without server settings.</summary>
    public static IEnumerable<string> Names => Known.Keys.Concat(Harmless);

    /// <summary>Whether a keyword shows that the text is in libpq's form: a known parameter, not a server setting.</summary>
    public static bool IsLibpqName(string name) => Known.ContainsKey(name) || Harmless.Contains(name);

    /// <summary>Applies one parameter.</summary>
    /// <exception cref="ConnectionSettingsException">The parameter is refused; the message says why and does not repeat the
    /// value.</exception>
    public static void Set(ConnectionAddress address, string name, string value)
    {
        // Names of server settings are case-insensitive; libpq's own names are not.
        string known = name.ToLowerInvariant() is "timezone" or "search_path" or "application_name" ? name.ToLowerInvariant() : name;
        if (Harmless.Contains(name) || name.StartsWith("pool_", StringComparison.Ordinal))
            return;
        if (!Known.TryGetValue(known, out Action<ConnectionAddress, string>? set))
        {
            SetServerSetting(address, name, value);
            return;
        }

        try
        {
            set(address, value);
        }
        catch (ArgumentException)
        {
            DatabaseThrow.AddressParameterValue(name, "a value that the manual of libpq lists for it");
        }
    }

    /// <summary>Reads a value of sslmode.</summary>
    /// <exception cref="ConnectionSettingsException">There is no such mode.</exception>
    public static SslMode SslModeOf(string name, string value) => Choice<SslMode>(name, value);

    private static void SetServerSetting(ConnectionAddress address, string name, string value)
    {
        bool isName = name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_')
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.');
        bool isFamily =
            Families.Any(family => name.StartsWith(family, StringComparison.OrdinalIgnoreCase)) && !ServerSettings.Contains(name);
        if (!isName || isFamily)
            DatabaseThrow.AddressParameterUnknown(isName ? name : "which is not a valid name of a setting", Known.Keys);
        address.ServerSettings.Append(address.ServerSettings.Length == 0 ? "" : " ").Append("-c ").Append(name).Append('=')
            .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal));
    }

    private static void RequireSsl(ConnectionAddress address, string name, string value)
    {
        // ssl=true comes from JDBC; libpq treats it as sslmode=require.
        if (One(name, value.ToLowerInvariant(), "true", "1", "false", "0") is "true" or "1")
            address.RequiresSsl = true;
    }

    private static void SetCertificateMode(ConnectionAddress address, string value)
    {
        string mode = One("sslcertmode", value, "allow", "disable", "require");
        RefuseUnless(
            "sslcertmode", value, mode != "require", "whether the server asked for a certificate is not checked here. Write allow");
        address.HidesCertificate = mode == "disable";
    }

    private static void SetRequiredAuthentication(ConnectionAddress address, string value)
    {
        string[] methods = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        RefuseUnless("require_auth", value, !methods.Contains("oauth"), "log-in by OAuth is not supported here");
        IEnumerable<string> spoken = methods.Where(method => method != "!oauth").Select(Method);
        if (string.Join(',', spoken) is { Length: > 0 } text)
            address.Settings.RequireAuth = text;
    }

    // Npgsql's spelling of the methods, including upper and lower case.
    private static string Method(string method)
    {
        string not = method.StartsWith('!') ? "!" : "";
        return not + method[not.Length..] switch
        {
            "password" => "Password",
            "md5" => "MD5",
            "gss" => "GSS",
            "sspi" => "SSPI",
            "scram-sha-256" => "ScramSHA256",
            "none" => "None",
            var other => other,
        };
    }

    private static void SetTarget(ConnectionAddress address, string value) =>
        address.Settings.TargetSessionAttributes =
            One("target_session_attrs", value, "any", "read-write", "read-only", "primary", "standby", "prefer-standby");

    private static void Refuse(string name, string value, string reason) => RefuseUnless(name, value, value.Length == 0, reason);

    private static void RefuseUnless(string name, string value, bool accepted, string reason)
    {
        if (!accepted)
            DatabaseThrow.AddressParameterRefused(name, reason);
    }

    private static string One(string name, string value, params string[] choices)
    {
        if (!choices.Contains(value))
            DatabaseThrow.AddressParameterValue(name, "one of: " + string.Join(", ", choices));
        return value;
    }

    private static bool Switch(string name, string value) => One(name, value, "0", "1") == "1";

    // In libpq, zero and negative values mean the system's default, or no limit.
    private static int Seconds(string name, string value, int maximum)
    {
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            DatabaseThrow.AddressParameterValue(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from 0 to {maximum}"));
        return Math.Max(0, number);
    }

    private static SslProtocols Protocol(string name, string value)
    {
#pragma warning disable CA5397, CS0618, SYSLIB0039 // Old versions are used only if the address asks for them; the platform may refuse them.
        return value.Length == 0 ? SslProtocols.None : One(name, value, "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3") switch
        {
            "TLSv1" => SslProtocols.Tls,
            "TLSv1.1" => SslProtocols.Tls11,
            "TLSv1.2" => SslProtocols.Tls12,
            _ => SslProtocols.Tls13,
        };
#pragma warning restore CA5397, CS0618, SYSLIB0039
    }

    // libpq writes verify-full for .NET's VerifyFull.
    private static T Choice<T>(string name, string value)
        where T : struct, Enum
    {
        if (value.All(letter => char.IsAsciiLetter(letter) || letter == '-')
            && Enum.TryParse(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out T choice))
        {
            return choice;
        }

        DatabaseThrow.AddressParameterValue(name, "one of: " + string.Join(", ", Enum.GetNames<T>().Select(Dashed)));
        return default;
    }

    private static string Dashed(string name)
    {
        string text = name.Replace("CA", "Ca", StringComparison.Ordinal);
        var dashed = new StringBuilder();
        foreach (char letter in text)
            dashed.Append(char.IsAsciiLetterUpper(letter) && dashed.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(letter));
        return dashed.ToString();
    }
}
