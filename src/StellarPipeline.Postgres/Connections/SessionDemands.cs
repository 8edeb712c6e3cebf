using System.Runtime.CompilerServices;
using Npgsql;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Connections;

/// <summary>What every session of a data source must be like: what the address asks for, and the schema that was found for it.</summary>
/// <remarks>
/// A data source made by <see cref="ConnectionSettings"/> has its own, which say more than its connection string can; for others they are
/// read from the connection string.
/// </remarks>
internal sealed record SessionDemands
{
    private static readonly ConditionalWeakTable<NpgsqlDataSource, SessionDemands> Known = [];

    /// <summary>The search path that a session must begin with; null where none was asked for.</summary>
    public string? SearchPath { get; init; }

    /// <summary>Settings that a session must have.</summary>
    public IReadOnlyList<SessionSetting> Settings { get; init; } = [];

    /// <summary>What the server must be, in libpq's words: primary, standby, read-write, read-only; others ask for nothing.</summary>
    public string? TargetSessionAttributes { get; init; }

    /// <summary>The schema of tables that are named without one; null to take the first of the session's own search path.</summary>
    public string? Schema { get; init; }

    /// <summary>What the way to the server is like beyond the connection string.</summary>
    public TransportSettings Transport { get; init; } = TransportSettings.None;

    /// <summary>The role's own search path, for messages; null where sessions begin with it.</summary>
    public string? OwnSearchPath { get; init; }

    /// <summary>What is demanded of the sessions of a data source.</summary>
    public static SessionDemands Of(NpgsqlDataSource dataSource) =>
        Known.TryGetValue(dataSource, out SessionDemands? known)
            ? known
            : Of(new NpgsqlConnectionStringBuilder(dataSource.ConnectionString));

    /// <summary>What a connection string demands.</summary>
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

    /// <summary>Notes what is demanded of the sessions of a data source.</summary>
    public void AppliesTo(NpgsqlDataSource dataSource) => Known.Add(dataSource, this);

    private static bool IsSearchPath(SessionSetting setting) =>
        string.Equals(setting.Name, "search_path", StringComparison.OrdinalIgnoreCase);
}
