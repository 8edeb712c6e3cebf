using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>All rounds of one strategy at one size.</summary>
internal sealed class CostResult(CostVariant variant, int children)
{
    public CostVariant Variant { get; } = variant;

    /// <summary>Rows of the child table.</summary>
    public int Children { get; } = children;

    /// <summary>One measurement for each round, in order.</summary>
    public List<CostMeasurement> Rounds { get; } = [];

    public Statistics Of(Func<CostMeasurement, double> value) => Statistics.Of(Rounds.Select(value));

    /// <summary>Peak memory over all rounds, bytes; null if a round has none.</summary>
    public long? MemoryBytes => Rounds.Any(round => round.MemoryBytes is null) ? null : Rounds.Max(round => round.MemoryBytes);

    /// <summary>CPU time of the server's session; null if a round has none.</summary>
    public Statistics? CpuSeconds => Rounds.Any(round => round.CpuSeconds is null) ? null : Of(round => round.CpuSeconds!.Value);

    /// <summary>Time divided by another's in the same round, so that changes of the machine's speed do not matter.</summary>
    public Statistics RatioTo(CostResult other) => Statistics.Of(Rounds.Zip(other.Rounds, (mine, theirs) => mine.Seconds / theirs.Seconds));
}
