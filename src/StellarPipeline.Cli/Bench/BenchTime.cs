namespace StellarPipeline.Cli.Bench;

/// <summary>One measurement of a rung.</summary>
/// <param name="Seconds">Wall time of what the rung is about, without its preparation.</param>
/// <param name="CpuSeconds">Processor time of this process meanwhile.</param>
/// <param name="Items">Ledgers or entries that were worked on.</param>
/// <param name="Rows">Rows that were made; 0 where the rung makes none.</param>
internal readonly record struct BenchTime(double Seconds, double CpuSeconds, long Items, long Rows);
