using System.Runtime.CompilerServices;
using Npgsql;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Connections;

/// <summary>The requirements for every session of a data source: those of the address, and the schema that was found for it.</summary>
/// <remarks>
/// For a data source of <see cref="ConnectionSettings"/> they are recorded, because its connection string cannot express all of them. For
/// others they are read from the connection string.
/// </remarks>
internal sealed record SessionDemands
{
    private static readonly ConditionalWeakTable<NpgsqlDataSource, SessionDemands> Known = [];

    /// <summary>The search path that a session must start with; null if none is required.</summary>
    public string? SearchPath { get; init; }

    /// <summary>Settings that a session must have.</summary>
    public IReadOnlyList<SessionSetting> Settings { get; init; } = [];

    /// <summary>The required kind of server in libpq's words: primary, standby, read-write, read-only; others require nothing.</summary>
    public string? TargetSessionAttributes { get; init; }

    /// <summary>The schema of tables that are named without one; null to take the first of the session's own search path.</summary>
    public string? Schema { get; init; }

    /// <summary>Transport settings that the connection string cannot express.</summary>
    public TransportSettings Transport { get; init; } = TransportSettings.None;

    /// <summary>The role's own search path, for messages; null if sessions start with it.</summary>
    public string? OwnSearchPath { get; init; }

    /// <summary>The requirements for the sessions of a data source.</summary>
    public static SessionDemands Of(NpgsqlDataSource dataSource) =>
        Known.TryGetValue(dataSource, out SessionDemands? known)
            ? known
            : Of(new NpgsqlConnectionStringBuilder(dataSource.ConnectionString));

    /// <summary>The requirements of a connection string.</summary>
    public static SessionDemands Of(NpgsqlConnectionStringBuilder settings)
    {
        List<SessionSetting> asked = settings.Options is { } options ? [.. ServerOptions.Settings(options)] : [];
        if (settings.Timezone is { Length: > 0 } zone)
            asked.Add(new SessionSetting("TimeZone", zone));
        return new SessionDemands
        {
            SearchPath = settings.SearchPath is { Length: > 0 } path ? path : asked.LastOrDefault(IsSearchPath).Value,
            Settings = [.. asked.Where(setting => !IsSearchPath(setting))],
            TargetSessionAttributes = settings.TargetSessionAttributes,
        };
    }

    /// <summary>Records these requirements for the sessions of a data source.</summary>
    public void AppliesTo(NpgsqlDataSource dataSource) => Known.Add(dataSource, this);

    private static bool IsSearchPath(SessionSetting setting) =>
        string.Equals(setting.Name, "search_path", StringComparison.OrdinalIgnoreCase);
}
