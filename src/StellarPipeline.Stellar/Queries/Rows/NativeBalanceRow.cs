namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>The native balance of an account, in stroops.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="Balance">The balance.</param>
/// <param name="MinimumBalance">The minimum balance, without liabilities.</param>
/// <param name="BuyingLiabilities">Amount that its offers may still buy.</param>
/// <param name="SellingLiabilities">Amount that its offers may still sell.</param>
/// <param name="NumSubentries">Number of entries that it owns.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record NativeBalanceRow(
    string Account,
    long Balance,
    long MinimumBalance,
    long BuyingLiabilities,
    long SellingLiabilities,
    int NumSubentries,
    long LastModifiedLedger);
