namespace StellarPipeline.Postgres.Connections;

/// <summary>How many connections a pool holds, and how long. What the address of the database says goes before these.</summary>
/// <remarks>
/// The defaults are those of wallet-backend. Its limit of 20 idle connections has no counterpart: a connection that is idle for
/// <see cref="IdleLifetime"/> is closed, whatever their number.
/// </remarks>
public sealed record PoolLimits
{
    /// <summary>Most connections.</summary>
    /// <value>At least 2: one holds the lock of ingestion. Default 30.</value>
    public int MaxConnections { get; init; } = 30;

    /// <summary>How long a connection may be idle before it is closed.</summary>
    /// <value>Whole seconds, at least 1. Default 10 seconds.</value>
    public TimeSpan IdleLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How old a connection may be when it comes back to the pool; an older one is closed then.</summary>
    /// <value>Whole seconds; 0 for no limit. Default 5 minutes.</value>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(5);
}
