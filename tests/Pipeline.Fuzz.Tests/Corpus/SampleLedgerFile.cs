using Pipeline.Archive;

namespace Pipeline.Fuzz.Tests.Corpus;

/// <summary>The uncompressed ledger headers of a checkpoint.</summary>
internal sealed record SampleLedgerFile(byte[] Content, uint Checkpoint, CheckpointSchedule Schedule);
