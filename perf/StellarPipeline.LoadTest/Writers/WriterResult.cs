using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>The times of one way at one size, one number per round.</summary>
internal sealed class WriterResult(WriterVariant variant, int rows)
{
    public WriterVariant Variant { get; } = variant;

    /// <summary>Rows of each transaction.</summary>
    public int Rows { get; } = rows;

    /// <summary>Mean milliseconds of a transaction's write and COMMIT in each round.</summary>
    public List<double> Milliseconds { get; } = [];

    public Statistics Time => Statistics.Of(Milliseconds);

    /// <summary>Time divided by that of the baseline in the same round.</summary>
    public Statistics RatioTo(WriterResult baseline) => Statistics.Of(Milliseconds.Zip(baseline.Milliseconds, (own, its) => own / its));
}
