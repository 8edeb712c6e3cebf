namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A proved checkpoint, with remarks about the choice.</summary>
/// <param name="Proof">The proof.</param>
/// <param name="Remarks">
/// Whole sentences for people, usually none: which locations lag behind or could not be read, why a newer checkpoint was not chosen, and
/// how old the newest one is.
/// </param>
public sealed record ChosenCheckpoint(CheckpointProof Proof, IReadOnlyList<string> Remarks);
