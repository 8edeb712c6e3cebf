namespace StellarPipeline.Cli.Bench;

/// <summary>A step of a ladder: it does what the one below it does, and something more.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Adds">What it adds, in a few words.</param>
/// <param name="IsServer">Whether rows go to the server; false for what this program does alone.</param>
/// <param name="MeasureAsync">Does it once.</param>
internal sealed record BenchRung(string Name, string Adds, bool IsServer, Func<CancellationToken, Task<BenchTime>> MeasureAsync);
