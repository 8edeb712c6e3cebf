namespace StellarPipeline.Generator.Checkpoints;

/// <summary>
/// The number of live sub-entries of each live account. Every pass that needs the counts creates its own plan, and all get the same ones.
/// </summary>
internal struct SubEntryPlan(GeneratorOptions options)
{
    private QuotaSpreader trustlines = new(
        options.Seed, Domain.TrustlineCount, options.Trustlines, options.Accounts,
        Math.Min(GeneratorOptions.TrustlinesPerAccount, options.AssetCount));

    private QuotaSpreader poolShares = new(
        options.Seed, Domain.PoolShareCount, options.PoolShareTrustlines, options.Accounts,
        Math.Min(GeneratorOptions.PoolSharesPerAccount, options.LiquidityPools));

    private QuotaSpreader offers =
        new(options.Seed, Domain.OfferCount, options.Offers, options.Accounts, GeneratorOptions.OffersPerAccount);
    private QuotaSpreader data =
        new(options.Seed, Domain.DataCount, options.DataEntries, options.Accounts, GeneratorOptions.DataPerAccount);

    /// <summary>The counts of the next live account.</summary>
    public SubEntryCounts Next() => new(trustlines.Next(), poolShares.Next(), offers.Next(), data.Next());
}
