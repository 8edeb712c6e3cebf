using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>What a load of the wallet tables would do to a database, as a plan to read.</summary>
/// <param name="Load">The plan of the load itself.</param>
/// <param name="ForeignKeys">How the foreign keys would be kept, as far as the server allows it; null if the load creates the
/// tables.</param>
/// <param name="Findings">Findings of the checks, in order. What pending migrations will repair is no obstacle.</param>
public sealed record PopulatePlan(LoadPlan Load, ForeignKeyPlan? ForeignKeys, IReadOnlyList<LoadFinding> Findings)
{
    /// <summary>Whether the load would be refused.</summary>
    public bool IsRefused => Findings.Any(finding => finding.IsObstacle) || ForeignKeys is { IsRefused: true };

    /// <summary>Whether the load would start with migrations.</summary>
    public bool SchemaIsPending => Load.Asked.SchemaMayChange;
}
