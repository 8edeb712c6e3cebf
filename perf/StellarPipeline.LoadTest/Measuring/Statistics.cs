namespace StellarPipeline.LoadTest.Measuring;

/// <summary>Median and spread of a few numbers.</summary>
/// <param name="Median">Median; for an even count, the mean of the middle two.</param>
/// <param name="Least">Smallest.</param>
/// <param name="Most">Largest.</param>
/// <param name="Count">Number of values.</param>
internal readonly record struct Statistics(double Median, double Least, double Most, int Count)
{
    public static Statistics Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) return default;
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Statistics(median, sorted[0], sorted[^1], sorted.Length);
    }
}
