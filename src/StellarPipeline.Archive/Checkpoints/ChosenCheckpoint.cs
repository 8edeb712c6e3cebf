namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A checkpoint that was proved, and what is worth knowing about the choice.</summary>
/// <param name="Proof">The proof.</param>
/// <param name="Remarks">
/// Whole sentences for people, none in most cases: which places lag behind or could not be asked, why a newer checkpoint was not taken, how
/// old the newest one is.
/// </param>
public sealed record ChosenCheckpoint(CheckpointProof Proof, IReadOnlyList<string> Remarks);
