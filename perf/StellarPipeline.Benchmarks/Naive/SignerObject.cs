namespace StellarPipeline.Benchmarks.Naive;

/// <summary>A signer as an object.</summary>
internal sealed record SignerObject(int Type, byte[] Key, byte[]? Payload, uint Weight);
