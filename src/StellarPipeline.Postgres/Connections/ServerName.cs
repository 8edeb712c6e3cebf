using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Names a server for messages, without any secret.</summary>
internal static class ServerName
{
    public static string Of(NpgsqlConnection connection) =>
        Of(connection.Host, connection.Port, connection.Database, connection.UserName);

    public static string Of(NpgsqlDataSource dataSource)
    {
        var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        return Of(settings.Host, settings.Port, settings.Database ?? settings.Username, settings.Username);
    }

    public static string Of(string? host, int port, string? database, string? user) =>
        FormattableString.Invariant($"{host}:{port}/{database}{(user is null ? "" : $" as {user}")}");
}
