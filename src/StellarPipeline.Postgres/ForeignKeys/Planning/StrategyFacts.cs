namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>What a person must know before choosing a strategy: shown by the plan and the same in the documentation.</summary>
/// <param name="Cost">Where the time, memory and WAL go.</param>
/// <param name="Locks">Which locks it holds, on what, how long, and who waits for them.</param>
/// <param name="Needs">Privileges and properties of the schema that it cannot work without.</param>
/// <param name="WhatCanRemainWrong">What a committed load can still violate.</param>
/// <param name="Parallel">What several sinks or connections mean for it.</param>
public sealed record StrategyFacts(string Cost, string Locks, string Needs, string WhatCanRemainWrong, string Parallel);
