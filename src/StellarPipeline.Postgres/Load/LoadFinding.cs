namespace StellarPipeline.Postgres.Load;

/// <summary>One result of the checks before a load.</summary>
/// <param name="Check">The name of the check, such as session, columns, tables, emptiness, rights, dependents, foreign keys.</param>
/// <param name="IsObstacle">Whether it prevents the load.</param>
/// <param name="Message">Full sentences: what was found and, for an obstacle, what to do.</param>
public sealed record LoadFinding(string Check, bool IsObstacle, string Message)
{
    /// <summary>The privileges that the role lacks; empty if the finding is about something else.</summary>
    public IReadOnlyList<MissingRight> Missing { get; init; } = [];
}
