namespace StellarPipeline.Cli.Show;

/// <summary>A native balance.</summary>
/// <param name="Balance">The balance.</param>
/// <param name="Minimum">The minimum balance.</param>
/// <param name="BuyingLiabilities">Amount that open offers may still buy.</param>
/// <param name="SellingLiabilities">Amount that open offers may still sell.</param>
/// <param name="Subentries">Number of subentries.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last.</param>
internal sealed record NativeView(
    string Balance,
    string Minimum,
    string BuyingLiabilities,
    string SellingLiabilities,
    int Subentries,
    long LastModifiedLedger);
