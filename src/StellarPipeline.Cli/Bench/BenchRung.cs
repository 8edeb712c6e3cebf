namespace StellarPipeline.Cli.Bench;

/// <summary>A rung of a ladder of measurements: it does the work of the rung below and one thing more.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Adds">What it adds, in a few words.</param>
/// <param name="IsServer">Whether rows go to the server; false for work of this program alone.</param>
/// <param name="MeasureAsync">Does the work once and measures it.</param>
internal sealed record BenchRung(string Name, string Adds, bool IsServer, Func<CancellationToken, Task<BenchTime>> MeasureAsync);
