using StellarPipeline.LoadTest.Layers;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Results;

/// <summary>All rounds of one layer.</summary>
internal sealed class LayerResult(Layer layer)
{
    public Layer Layer { get; } = layer;

    public List<Measurement> Rounds { get; } = [];

    public Statistics Seconds => Statistics.Of(Rounds.Select(round => round.Seconds));

    /// <summary>The round with the median time, or the next longer one.</summary>
    public Measurement Typical => Rounds.OrderBy(round => round.Seconds).ElementAt(Rounds.Count / 2);

    /// <summary>This layer's time divided by another's, round by round.</summary>
    public Statistics RatioTo(LayerResult other) =>
        Statistics.Of(Rounds.Zip(other.Rounds, (mine, theirs) => mine.Seconds / theirs.Seconds));

    /// <summary>Median of a number over the rounds; null if no round has it.</summary>
    public double? Median(Func<Measurement, double?> number)
    {
        double[] known = [.. Rounds.Select(number).OfType<double>()];
        return known.Length == 0 ? null : Statistics.Of(known).Median;
    }
}
