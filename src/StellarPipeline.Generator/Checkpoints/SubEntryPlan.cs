namespace StellarPipeline.Generator.Checkpoints;

/// <summary>
/// How many live sub-entries each live account owns. Walked from the start by every pass that needs it, with the same result.
/// </summary>
internal struct SubEntryPlan(GeneratorOptions options)
{
    private QuotaSpreader _trustlines = new(
        options.Seed, Domain.TrustlineCount, options.Trustlines, options.Accounts,
        Math.Min(GeneratorOptions.TrustlinesPerAccount, options.AssetCount));

    private QuotaSpreader _poolShares = new(
        options.Seed, Domain.PoolShareCount, options.PoolShareTrustlines, options.Accounts,
        Math.Min(GeneratorOptions.PoolSharesPerAccount, options.LiquidityPools));

    private QuotaSpreader _offers =
        new(options.Seed, Domain.OfferCount, options.Offers, options.Accounts, GeneratorOptions.OffersPerAccount);
    private QuotaSpreader _data =
        new(options.Seed, Domain.DataCount, options.DataEntries, options.Accounts, GeneratorOptions.DataPerAccount);

    /// <summary>The counts of the next live account.</summary>
    public SubEntryCounts Next() => new(_trustlines.Next(), _poolShares.Next(), _offers.Next(), _data.Next());
}
