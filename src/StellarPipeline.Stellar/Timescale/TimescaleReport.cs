namespace StellarPipeline.Stellar.Timescale;

/// <summary>The changes, and the state after them.</summary>
/// <param name="Changes">A phrase for each change; empty if nothing had to be changed.</param>
/// <param name="Remarks">What could not be done or should be known, in full sentences.</param>
/// <param name="Status">The state after the changes.</param>
internal sealed record TimescaleReport(IReadOnlyList<string> Changes, IReadOnlyList<string> Remarks, TimescaleStatus Status);
