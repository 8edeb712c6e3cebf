namespace StellarPipeline.Cli.Bench;

/// <summary>The measurements of one rung.</summary>
/// <param name="Rung">The rung.</param>
/// <param name="Times">One for each round.</param>
internal sealed record BenchResult(BenchRung Rung, IReadOnlyList<BenchTime> Times)
{
    /// <summary>The median of the wall times, in seconds.</summary>
    public double Median => MedianOf(time => time.Seconds);

    /// <summary>The median of this process's processor times, in seconds.</summary>
    public double MedianCpu => MedianOf(time => time.CpuSeconds);

    /// <summary>The shortest wall time, in seconds.</summary>
    public double Least => Times.Min(time => time.Seconds);

    /// <summary>The longest wall time, in seconds.</summary>
    public double Most => Times.Max(time => time.Seconds);

    /// <summary>Ledgers or entries per second, at the median.</summary>
    public double ItemsPerSecond => Times[0].Items / Math.Max(Median, 1e-9);

    /// <summary>Rows per second, at the median; 0 if the rung makes none.</summary>
    public double RowsPerSecond => Times[0].Rows / Math.Max(Median, 1e-9);

    private double MedianOf(Func<BenchTime, double> value)
    {
        double[] sorted = [.. Times.Select(value).Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
