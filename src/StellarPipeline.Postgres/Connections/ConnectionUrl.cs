using System.Globalization;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Reads a postgres:// URL.</summary>
/// <remarks>
/// Format: PostgreSQL manual, libpq, "Connection URIs":
/// <c>postgresql://[user[:password]@][host[:port][,…]][/database][?name=value[&amp;…]]</c>. Every part may be percent-encoded; a + is a
/// plus sign, not a space. A socket folder is a percent-encoded host (<c>%2Frun%2Fpostgresql</c>) or <c>?host=/run/postgresql</c>.
/// Parameters: <see cref="ConnectionParameters"/>.
/// </remarks>
internal static class ConnectionUrl
{
    public static bool IsUrl(string text) =>
        text.Contains("://", StringComparison.Ordinal)
            && !text.AsSpan(0, text.IndexOf("://", StringComparison.Ordinal)).ContainsAny('=', ';');

    /// <summary>Reads the URL into settings.</summary>
    /// <exception cref="ConnectionSettingsException">The URL is invalid, or a parameter is refused.</exception>
    public static (NpgsqlConnectionStringBuilder Settings, TransportSettings Transport) Parse(string url)
    {
        int schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        if (url[..schemeEnd] is not ("postgres" or "postgresql"))
            DatabaseThrow.AddressScheme();
        string rest = url[(schemeEnd + 3)..];
        var address = new ConnectionAddress();
        var given = new HashSet<string>(StringComparer.Ordinal);

        // As libpq does: the first @ ends the user, unless a / comes before it.
        int at = rest.AsSpan().IndexOfAny('@', '/');
        if (at >= 0 && rest[at] == '@')
        {
            string user = rest[..at];
            rest = rest[(at + 1)..];
            int colon = user.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0)
            {
                address.Settings.Password = Decode(user[(colon + 1)..], "password");
                given.Add("password");
            }

            if (Decode(colon >= 0 ? user[..colon] : user, "user") is not { Length: > 0 } name)
                DatabaseThrow.AddressValueEmpty("the user (nothing stands before @)");
            else
                address.Settings.Username = name;
            given.Add("user");
        }

        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string query = question >= 0 ? rest[(question + 1)..] : "";
        string hosts = question >= 0 ? rest[..question] : rest;
        int slash = hosts.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (Decode(hosts[(slash + 1)..], "database name") is { Length: > 0 } database)
            {
                address.Settings.Database = database;
                given.Add("dbname");
            }

            hosts = hosts[..slash];
        }

        if (hosts.Length > 0)
            given.UnionWith(ReadHosts(hosts).Exists(host => host.Port is not null) ? ["host", "port"] : ["host"]);
        ReadQuery(address, query, given);
        address.TakeDefaults(given);

        // The / announces a database name, so a name from the environment would not be the intended one.
        if (slash >= 0 && !given.Contains("dbname"))
            DatabaseThrow.AddressValueEmpty("the database (nothing stands behind /)");
        return (address.Settings, address.Finish(hosts));
    }

    private static void ReadQuery(ConnectionAddress address, string query, HashSet<string> given)
    {
        // An @ that is not encoded is probably the end of a password that contains a ?, not part of a value. Nothing of it may be shown.
        if (query.Contains('@', StringComparison.Ordinal))
            DatabaseThrow.AddressParameterForm();
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                DatabaseThrow.AddressParameterForm();
            string name = Decode(pair[..equals], "name of a parameter");
            string value = Decode(pair[(equals + 1)..], "value of a parameter");
            given.Add(name);
            if (value.Length == 0 && !ConnectionParameters.MayBeEmpty(name))
                DatabaseThrow.AddressValueEmpty(ConnectionParameters.Names.Contains(name) ? name : "a parameter");
            ConnectionParameters.Set(address, name, value);
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

    /// <summary>Reads the hosts before the database name.</summary>
    public static List<(string Host, int? Port)> ReadHosts(string authority)
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
            hosts.Add((host, port.Length == 0 ? null : ReadPort(port, number)));
        }

        return hosts;
    }

    /// <summary>Reads a port.</summary>
    public static int ReadPort(string text, int number)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
            DatabaseThrow.AddressPort(number);
        return port;
    }
}
