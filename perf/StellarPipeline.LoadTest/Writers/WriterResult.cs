using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Writers;

/// <summary>What one way took at one size, a round a number.</summary>
internal sealed class WriterResult(WriterVariant variant, int rows)
{
    public WriterVariant Variant { get; } = variant;

    /// <summary>Rows of each transaction.</summary>
    public int Rows { get; } = rows;

    /// <summary>Milliseconds of a transaction's write and COMMIT, the mean of a round.</summary>
    public List<double> Milliseconds { get; } = [];

    public Statistics Time => Statistics.Of(Milliseconds);

    /// <summary>Time over that of the baseline in the same round.</summary>
    public Statistics RatioTo(WriterResult baseline) => Statistics.Of(Milliseconds.Zip(baseline.Milliseconds, (own, its) => own / its));
}
