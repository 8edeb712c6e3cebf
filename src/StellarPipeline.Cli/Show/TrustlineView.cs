namespace StellarPipeline.Cli.Show;

/// <summary>A trustline.</summary>
/// <param name="Asset">CODE:ISSUER.</param>
/// <param name="Balance">What is held.</param>
/// <param name="Limit">What may be held.</param>
/// <param name="BuyingLiabilities">What offers may still bring in.</param>
/// <param name="SellingLiabilities">What offers may still give away.</param>
/// <param name="Flags">In words.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last.</param>
internal sealed record TrustlineView(
    string Asset,
    string Balance,
    string Limit,
    string BuyingLiabilities,
    string SellingLiabilities,
    string Flags,
    long LastModifiedLedger);
