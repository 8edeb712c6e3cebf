namespace StellarPipeline.Benchmarks.Harness;

/// <summary>How much one call of a benchmark works off.</summary>
/// <param name="Bytes">Bytes of input.</param>
/// <param name="Entries">Entries, rows or messages; 0 where there are none.</param>
internal readonly record struct WorkAmount(long Bytes, long Entries);
