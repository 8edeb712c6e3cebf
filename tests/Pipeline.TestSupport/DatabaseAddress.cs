using Npgsql;

namespace Pipeline.TestSupport;

/// <summary>Reads the address of a test server: an Npgsql connection string, or a URL
/// <c>postgres://user:password@host:port/database?sslmode=require</c>.</summary>
public static class DatabaseAddress
{
    /// <summary>Turns the address into a connection string builder.</summary>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        if (!address.StartsWith("postgres://", StringComparison.Ordinal) && !address.StartsWith("postgresql://", StringComparison.Ordinal))
            return new NpgsqlConnectionStringBuilder(address);

        var url = new Uri(address);
        var builder = new NpgsqlConnectionStringBuilder { Host = url.Host, Port = url.Port > 0 ? url.Port : 5432 };
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2)
            builder.Password = Uri.UnescapeDataString(user[1]);
        if (url.AbsolutePath.Length > 1)
            builder.Database = Uri.UnescapeDataString(url.AbsolutePath[1..]);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            switch (parts[0])
            {
                // libpq's names and values that differ from Npgsql's by more than the underscore.
                case "sslmode":
                    builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal);
                    break;
                case "host":
                    builder.Host = value;
                    break;
                case "connect_timeout":
                    builder["Timeout"] = value;
                    break;
                default:
                    builder[parts[0].Replace('_', ' ')] = value;
                    break;
            }
        }

        return builder;
    }
}
