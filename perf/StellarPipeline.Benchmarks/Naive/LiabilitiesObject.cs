namespace StellarPipeline.Benchmarks.Naive;

/// <summary>Liabilities as an object model has them.</summary>
internal sealed record LiabilitiesObject(long Buying, long Selling);
