namespace StellarPipeline.Postgres.Connections;

/// <summary>How many connections a pool keeps, and how long. Values in the database address override these.</summary>
/// <remarks>
/// The defaults are those of wallet-backend. Its limit of 20 idle connections has no counterpart: a connection that is idle for
/// <see cref="IdleLifetime"/> is closed, whatever their number.
/// </remarks>
public sealed record PoolLimits
{
    /// <summary>Maximum number of connections.</summary>
    /// <value>At least 2, because one holds the lock of ingestion. Default 30.</value>
    public int MaxConnections { get; init; } = 30;

    /// <summary>How long a connection may be idle before it is closed.</summary>
    /// <value>Whole seconds, at least 1. Default 10 seconds.</value>
    public TimeSpan IdleLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Maximum age of a connection that is returned to the pool; an older one is closed.</summary>
    /// <value>Whole seconds; 0 for no limit. Default 5 minutes.</value>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(5);
}
