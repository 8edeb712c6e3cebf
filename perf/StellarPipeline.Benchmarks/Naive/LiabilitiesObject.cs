namespace StellarPipeline.Benchmarks.Naive;

/// <summary>Liabilities as an object.</summary>
internal sealed record LiabilitiesObject(long Buying, long Selling);
