namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>The native balance of an account, in stroops.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="Balance">What it holds.</param>
/// <param name="MinimumBalance">What it must keep.</param>
/// <param name="BuyingLiabilities">What its offers may still bring in.</param>
/// <param name="SellingLiabilities">What its offers may still give away.</param>
/// <param name="NumSubentries">How many entries it owns.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record NativeBalanceRow(
    string Account,
    long Balance,
    long MinimumBalance,
    long BuyingLiabilities,
    long SellingLiabilities,
    int NumSubentries,
    long LastModifiedLedger);
