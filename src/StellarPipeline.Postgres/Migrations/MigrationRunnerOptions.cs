namespace StellarPipeline.Postgres.Migrations;

/// <summary>Options of a <see cref="MigrationRunner"/>.</summary>
public sealed record MigrationRunnerOptions
{
    /// <summary>How long to wait for another runner that works on the same schema.</summary>
    /// <value>Zero (do not wait) or more. Default 1 minute.</value>
    public TimeSpan RunnerTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
