namespace StellarPipeline.Cli.Show;

/// <summary>A trustline.</summary>
/// <param name="Asset">CODE:ISSUER.</param>
/// <param name="Balance">The balance.</param>
/// <param name="Limit">The largest balance that is allowed.</param>
/// <param name="BuyingLiabilities">Amount that open offers may still buy.</param>
/// <param name="SellingLiabilities">Amount that open offers may still sell.</param>
/// <param name="Flags">The flags in words.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last.</param>
internal sealed record TrustlineView(
    string Asset,
    string Balance,
    string Limit,
    string BuyingLiabilities,
    string SellingLiabilities,
    string Flags,
    long LastModifiedLedger);
