namespace StellarPipeline.Fuzz.Tests.Corpus;

/// <summary>A whole bucket, as the bodies of its records.</summary>
internal sealed record SampleBucket(byte[][] Records, bool IsHotArchive = false);
