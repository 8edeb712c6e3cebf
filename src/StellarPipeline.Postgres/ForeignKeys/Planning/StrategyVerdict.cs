namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>What the plan says about one strategy.</summary>
/// <param name="Name">Strategy name.</param>
/// <param name="Facts">Cost, locks, needs, what can remain wrong, parallel use.</param>
/// <param name="Probe">Whether it is possible, and what is missing.</param>
/// <param name="EstimatedSeconds">Estimated time for checking the keys; null if the expected rows are unknown. It is derived from measured
/// times per row: use it to compare strategies, not to predict the time.</param>
/// <param name="IsChosen">Whether the load will use it.</param>
/// <param name="For">Reasons for it, full sentences.</param>
/// <param name="Against">Reasons against it, full sentences: obstacles first.</param>
public sealed record StrategyVerdict(
    string Name, StrategyFacts Facts, StrategyProbe Probe, double? EstimatedSeconds, bool IsChosen, IReadOnlyList<string> For,
    IReadOnlyList<string> Against);
