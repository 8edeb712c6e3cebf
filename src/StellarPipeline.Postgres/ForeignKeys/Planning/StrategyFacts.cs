namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>What a person must know before choosing a strategy. The plan and the documentation show the same text.</summary>
/// <param name="Cost">What costs time, memory and WAL.</param>
/// <param name="Locks">The locks: on which tables, how long, and who waits for them.</param>
/// <param name="Needs">Required privileges and properties of the schema.</param>
/// <param name="WhatCanRemainWrong">What a committed load can still violate.</param>
/// <param name="Parallel">Use with several sinks or connections.</param>
public sealed record StrategyFacts(string Cost, string Locks, string Needs, string WhatCanRemainWrong, string Parallel);
