namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Progress of a generation.</summary>
/// <param name="EntriesDone">Live entries written so far.</param>
/// <param name="EntriesTotal">Live entries according to the options; edge cases come on top.</param>
/// <param name="RecordsWritten">Bucket records written so far, including older versions and tombstones.</param>
public readonly record struct GeneratorProgress(long EntriesDone, long EntriesTotal, long RecordsWritten);
