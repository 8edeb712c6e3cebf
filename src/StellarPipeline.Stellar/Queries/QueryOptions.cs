using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Where queries run, and what is logged about them.</summary>
public sealed record QueryOptions
{
    /// <summary>The schema of the tables; null for that of the data source.</summary>
    public string? Schema { get; init; }

    /// <summary>Log for slow queries. It gets the types of their parameters, never the values.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>Queries that take this long or longer are slow.</summary>
    /// <value>Default one second.</value>
    public TimeSpan SlowQuery { get; init; } = TimeSpan.FromSeconds(1);
}
