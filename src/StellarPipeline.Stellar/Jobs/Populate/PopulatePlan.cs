using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>What a load of the wallet tables would do to a database, for somebody who reads it.</summary>
/// <param name="Load">The plan of the load itself.</param>
/// <param name="ForeignKeys">How the foreign keys would be kept, as far as the server lets it be; null where the tables are made by the
/// load.</param>
/// <param name="Findings">What the checks found, in their order. What the pending migrations will mend is no obstacle.</param>
public sealed record PopulatePlan(LoadPlan Load, ForeignKeyPlan? ForeignKeys, IReadOnlyList<LoadFinding> Findings)
{
    /// <summary>Whether the load would be refused.</summary>
    public bool IsRefused => Findings.Any(finding => finding.IsObstacle) || ForeignKeys is { IsRefused: true };

    /// <summary>Whether the load would begin with migrations.</summary>
    public bool SchemaIsPending => Load.Asked.SchemaMayChange;
}
