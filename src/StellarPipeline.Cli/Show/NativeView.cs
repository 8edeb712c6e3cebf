namespace StellarPipeline.Cli.Show;

/// <summary>A native balance.</summary>
/// <param name="Balance">What is held.</param>
/// <param name="Minimum">What must be kept.</param>
/// <param name="BuyingLiabilities">What offers may still bring in.</param>
/// <param name="SellingLiabilities">What offers may still give away.</param>
/// <param name="Subentries">Entries owned.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last.</param>
internal sealed record NativeView(
    string Balance,
    string Minimum,
    string BuyingLiabilities,
    string SellingLiabilities,
    int Subentries,
    long LastModifiedLedger);
