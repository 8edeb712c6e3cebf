namespace StellarPipeline.Benchmarks.Naive;

/// <summary>A TRUSTLINE entry to a credit asset as an object.</summary>
internal sealed record TrustlineObject(
    byte[] AccountId, string Code, byte[] Issuer, long Balance, long Limit, uint Flags, LiabilitiesObject? Liabilities);
