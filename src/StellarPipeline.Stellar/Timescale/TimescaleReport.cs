namespace StellarPipeline.Stellar.Timescale;

/// <summary>What was changed, and how it is now.</summary>
/// <param name="Changes">A sentence for each change; empty where all was as it should be.</param>
/// <param name="Remarks">What could not be done, or should be known, in full sentences.</param>
/// <param name="Status">How it is now.</param>
internal sealed record TimescaleReport(IReadOnlyList<string> Changes, IReadOnlyList<string> Remarks, TimescaleStatus Status);
