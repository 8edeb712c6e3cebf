namespace StellarPipeline.Postgres.Load;

/// <summary>One thing that was found out about a load before it.</summary>
/// <param name="Check">What was looked at: session, columns, tables, emptiness, rights, dependents, foreign keys.</param>
/// <param name="IsObstacle">Whether the load is refused for it.</param>
/// <param name="Message">A full sentence that names what was found and, for an obstacle, the way out.</param>
public sealed record LoadFinding(string Check, bool IsObstacle, string Message)
{
    /// <summary>The rights whose lack it is; empty where it is something else.</summary>
    public IReadOnlyList<MissingRight> Missing { get; init; } = [];
}
