namespace StellarPipeline.Cli.Bench;

/// <summary>One measurement of a rung.</summary>
/// <param name="Seconds">Wall time of the rung's work in seconds, without its preparation.</param>
/// <param name="CpuSeconds">Processor time of this process during the work, in seconds.</param>
/// <param name="Items">Processed ledgers or entries.</param>
/// <param name="Rows">Rows made; 0 if the rung makes none.</param>
internal readonly record struct BenchTime(double Seconds, double CpuSeconds, long Items, long Rows);
