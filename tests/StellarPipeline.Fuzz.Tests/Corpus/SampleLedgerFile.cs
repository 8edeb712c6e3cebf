using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Fuzz.Tests.Corpus;

/// <summary>The uncompressed ledger headers of a checkpoint.</summary>
internal sealed record SampleLedgerFile(byte[] Content, uint Checkpoint, CheckpointSchedule Schedule);
