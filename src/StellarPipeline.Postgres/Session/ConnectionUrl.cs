using System.Globalization;
using System.Text;
using Npgsql;

namespace StellarPipeline.Postgres;

/// <summary>Reads a postgres:// URL.</summary>
/// <remarks>
/// Format: PostgreSQL manual, libpq, "Connection URIs": <c>postgresql://[user[:password]@][host[:port][,…]][/database][?name=value[&amp;…]]</c>. Every part may be percent-encoded;
/// a + is a plus. A socket folder is a percent-encoded host (<c>%2Frun%2Fpostgresql</c>) or <c>?host=/run/postgresql</c>. Besides libpq's names, <c>search_path</c> and
/// <c>timezone</c> are taken, which Go's pgx allows, and its <c>pool_…</c> names are skipped: they size a pool of that program.
/// </remarks>
internal static class ConnectionUrl
{
    private static readonly Dictionary<string, Action<UrlParts, string>> Parameters = new(StringComparer.Ordinal)
    {
        ["host"] = (parts, value) => parts.HostList = value,
        ["port"] = (parts, value) => parts.PortList = value,
        ["user"] = (parts, value) => parts.Settings.Username = value,
        ["password"] = (parts, value) => parts.Settings.Password = value,
        ["dbname"] = (parts, value) => parts.Settings.Database = value,
        ["passfile"] = (parts, value) => parts.Settings.Passfile = value,
        ["application_name"] = (parts, value) => parts.Settings.ApplicationName = value,
        ["fallback_application_name"] = (parts, value) => parts.Settings.ApplicationName ??= value,
        ["search_path"] = (parts, value) => parts.Settings.SearchPath = value,
        ["options"] = (parts, value) => parts.Settings.Options = value,
        ["timezone"] = (parts, value) => parts.Settings.Timezone = value,
        ["connect_timeout"] = (parts, value) => parts.Settings.Timeout = Number("connect_timeout", value, 0, 1024),
        ["keepalives"] = (parts, value) => parts.Settings.TcpKeepAlive = Number("keepalives", value, 0, 1) == 1,
        ["keepalives_idle"] = (parts, value) => parts.Settings.TcpKeepAliveTime = Number("keepalives_idle", value, 0, int.MaxValue),
        ["keepalives_interval"] = (parts, value) => parts.Settings.TcpKeepAliveInterval = Number("keepalives_interval", value, 0, int.MaxValue),
        ["sslmode"] = (parts, value) => parts.Settings.SslMode = Choice<SslMode>("sslmode", value),
        ["sslnegotiation"] = (parts, value) => parts.Settings.SslNegotiation = Choice<SslNegotiation>("sslnegotiation", value),
        ["sslrootcert"] = (parts, value) => parts.Settings.RootCertificate = value,
        ["sslcert"] = (parts, value) => parts.Settings.SslCertificate = value,
        ["sslkey"] = (parts, value) => parts.Settings.SslKey = value,
        ["sslpassword"] = (parts, value) => parts.Settings.SslPassword = value,
        ["channel_binding"] = (parts, value) => parts.Settings.ChannelBinding = Choice<ChannelBinding>("channel_binding", value),
        ["require_auth"] = (parts, value) => parts.Settings.RequireAuth = value,
        ["gssencmode"] = (parts, value) => parts.Settings.GssEncryptionMode = Choice<GssEncryptionMode>("gssencmode", value),
        ["krbsrvname"] = (parts, value) => parts.Settings.KerberosServiceName = value,
        ["target_session_attrs"] = (parts, value) => parts.Settings.TargetSessionAttributes = value,
        ["load_balance_hosts"] = (parts, value) => parts.Settings.LoadBalanceHosts = value == "random",
    };

    public static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal) && !text.AsSpan(0, text.IndexOf("://", StringComparison.Ordinal)).ContainsAny('=', ';');

    /// <summary>Reads the URL into settings.</summary>
    /// <exception cref="ConnectionSettingsException">The URL cannot be understood.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string url)
    {
        int schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        if (url[..schemeEnd] is not ("postgres" or "postgresql"))
            DatabaseThrow.AddressScheme();
        string rest = url[(schemeEnd + 3)..];
        var parts = new UrlParts();

        // As libpq does: the first @ ends the user, unless a / comes before it.
        int at = rest.AsSpan().IndexOfAny('@', '/');
        if (at >= 0 && rest[at] == '@')
        {
            string user = rest[..at];
            rest = rest[(at + 1)..];
            int colon = user.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0)
                parts.Settings.Password = Decode(user[(colon + 1)..], "password");
            if (Decode(colon >= 0 ? user[..colon] : user, "user") is not { Length: > 0 } name)
                DatabaseThrow.AddressValueEmpty("the user (nothing stands before @)");
            else
                parts.Settings.Username = name;
        }

        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string query = question >= 0 ? rest[(question + 1)..] : "";
        string hosts = question >= 0 ? rest[..question] : rest;
        int slash = hosts.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (Decode(hosts[(slash + 1)..], "database name") is { Length: > 0 } database)
                parts.Settings.Database = database;
            hosts = hosts[..slash];
        }

        ReadQuery(parts, query);
        if (slash >= 0 && parts.Settings.Database is null)
            DatabaseThrow.AddressValueEmpty("the database (nothing stands behind /)");
        parts.SetHosts(hosts);
        return parts.Settings;
    }

    private static void ReadQuery(UrlParts parts, string query)
    {
        // A bare @ here is far more likely the end of a password with a ? in it than a value, so nothing of it may be shown.
        if (query.Contains('@', StringComparison.Ordinal))
            DatabaseThrow.AddressParameterForm();
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                DatabaseThrow.AddressParameterForm();
            string name = Decode(pair[..equals], "name of a parameter");
            string value = Decode(pair[(equals + 1)..], "value of a parameter");
            if (name.StartsWith("pool_", StringComparison.Ordinal))
                continue;
            if (value.Length == 0 && name != "password")
                DatabaseThrow.AddressValueEmpty(Parameters.ContainsKey(name) ? name : "a parameter");
            if (!Parameters.TryGetValue(name, out Action<UrlParts, string>? set))
                DatabaseThrow.AddressParameterUnknown(name, Parameters.Keys);
            set(parts, value);
        }
    }

    private static string Decode(string text, string part)
    {
        for (int index = text.IndexOf('%', StringComparison.Ordinal); index >= 0; index = text.IndexOf('%', index + 1))
        {
            if (index + 2 >= text.Length || !char.IsAsciiHexDigit(text[index + 1]) || !char.IsAsciiHexDigit(text[index + 2]))
                DatabaseThrow.AddressEncoding(part);
        }

        return Uri.UnescapeDataString(text);
    }

    private static int Number(string name, string value, int minimum, int maximum)
    {
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < minimum || number > maximum)
            DatabaseThrow.AddressParameterValue(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}"));
        return number;
    }

    // libpq writes verify-full where .NET has VerifyFull.
    private static T Choice<T>(string name, string value)
        where T : struct, Enum
    {
        if (value.All(letter => char.IsAsciiLetter(letter) || letter == '-') && Enum.TryParse(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out T choice))
            return choice;
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

    /// <summary>The settings while they are read; hosts and ports can come from two places.</summary>
    private sealed class UrlParts
    {
        public NpgsqlConnectionStringBuilder Settings { get; } = [];

        public string? HostList { get; set; }

        public string? PortList { get; set; }

        /// <summary>Sets the hosts: those of the query win over those in front of it, as in libpq.</summary>
        public void SetHosts(string authority)
        {
            List<(string Host, int? Port)> hosts = HostList is null ? FromAuthority(authority) : [.. HostList.Split(',').Select(host => (host, (int?)null))];
            string[] ports = PortList?.Split(',') ?? [];
            if (ports.Length > 1 && ports.Length != hosts.Count)
                DatabaseThrow.AddressCombination("there are neither one port nor as many ports as hosts. Give one of both.");
            for (int index = 0; index < hosts.Count && ports.Length > 0; index++)
                hosts[index] = (hosts[index].Host, Port(ports[ports.Length == 1 ? 0 : index], index + 1));

            if (hosts.Count == 1)
            {
                Settings.Host = hosts[0].Host;
                if (hosts[0].Port is { } port)
                    Settings.Port = port;
                return;
            }

            Settings.Host = string.Join(',', hosts.Select(host => host switch
            {
                (_, null) => host.Host,
                ({ } name, { } port) when name.Contains(':', StringComparison.Ordinal) => string.Create(CultureInfo.InvariantCulture, $"[{name}]:{port}"),
                var (name, port) => string.Create(CultureInfo.InvariantCulture, $"{name}:{port}"),
            }));
        }

        private static List<(string Host, int? Port)> FromAuthority(string authority)
        {
            var hosts = new List<(string, int?)>();
            foreach (string part in authority.Split(','))
            {
                int number = hosts.Count + 1;
                if (part.Contains('@', StringComparison.Ordinal))
                    DatabaseThrow.AddressHost(number);
                string host = part;
                string port = "";
                int bracket = part.IndexOf(']', StringComparison.Ordinal);
                if (part.StartsWith('[') && bracket > 0)
                {
                    host = part[1..bracket];
                    if (bracket + 1 < part.Length && part[bracket + 1] != ':')
                        DatabaseThrow.AddressHost(number);
                    port = bracket + 1 < part.Length ? part[(bracket + 2)..] : "";
                }
                else if (part.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
                {
                    host = part[..colon];
                    port = part[(colon + 1)..];
                }

                host = Decode(host, "host");
                if (host.Length == 0)
                    host = ConnectionSettings.DefaultHost;
                if (host.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)))
                    DatabaseThrow.AddressHost(number);
                hosts.Add((host, port.Length == 0 ? null : Port(port, number)));
            }

            return hosts;
        }

        private static int Port(string text, int number)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
                DatabaseThrow.AddressPort(number);
            return port;
        }
    }
}
