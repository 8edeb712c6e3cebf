namespace StellarPipeline.Generator.Checkpoints;

/// <summary>How far a generation has come.</summary>
/// <param name="EntriesDone">Live entries written so far.</param>
/// <param name="EntriesTotal">Live entries that were asked for; a few made-up edge cases come on top.</param>
/// <param name="RecordsWritten">Bucket records written so far, older versions and tombstones included.</param>
public readonly record struct GeneratorProgress(long EntriesDone, long EntriesTotal, long RecordsWritten);
