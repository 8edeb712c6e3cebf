namespace StellarPipeline.Benchmarks.Harness;

/// <summary>The amount of work of one call of a benchmark.</summary>
/// <param name="Bytes">Bytes of input.</param>
/// <param name="Entries">Entries, rows or messages; 0 if there are none.</param>
internal readonly record struct WorkAmount(long Bytes, long Entries);
