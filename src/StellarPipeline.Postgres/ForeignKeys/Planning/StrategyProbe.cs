namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>Whether a strategy can be used for a load, by this role, on this schema.</summary>
/// <param name="Strategy">Strategy name.</param>
/// <param name="Obstacles">What is missing, as full sentences; empty means that the strategy is possible.</param>
/// <param name="Cautions">Why <c>auto</c> avoids it although it is possible, as full sentences. A load that names the strategy still uses
/// it.</param>
/// <param name="Remedies">SQL that removes the obstacles, ready to run by a role with the privileges.</param>
public sealed record StrategyProbe(
    string Strategy, IReadOnlyList<string> Obstacles, IReadOnlyList<string> Cautions, IReadOnlyList<string> Remedies)
{
    /// <summary>Whether the strategy can be used.</summary>
    public bool IsPossible => Obstacles.Count == 0;
}
