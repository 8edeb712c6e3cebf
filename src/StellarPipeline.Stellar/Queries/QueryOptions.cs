using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Where queries run and what is told of them.</summary>
public sealed record QueryOptions
{
    /// <summary>The schema of the tables; null for the one of the data source.</summary>
    public string? Schema { get; init; }

    /// <summary>Where slow queries are told, with the types of their parameters, never with their values.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>From when on a query is slow.</summary>
    /// <value>Default one second.</value>
    public TimeSpan SlowQuery { get; init; } = TimeSpan.FromSeconds(1);
}
