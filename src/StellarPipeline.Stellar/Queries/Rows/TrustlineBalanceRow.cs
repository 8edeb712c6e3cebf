namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A trustline of an account. Amounts are in units of 10⁻⁷.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="AssetId">Id of the asset.</param>
/// <param name="Code">Its code.</param>
/// <param name="Issuer">Its issuer.</param>
/// <param name="Balance">The balance.</param>
/// <param name="TrustLimit">The limit of the trustline.</param>
/// <param name="BuyingLiabilities">Amount that offers may still buy.</param>
/// <param name="SellingLiabilities">Amount that offers may still sell.</param>
/// <param name="Flags">The flags of the ledger entry.</param>
/// <param name="LastModifiedLedger">The ledger that changed it last; after a load, the checkpoint.</param>
public sealed record TrustlineBalanceRow(
    string Account,
    Guid AssetId,
    string Code,
    string Issuer,
    long Balance,
    long TrustLimit,
    long BuyingLiabilities,
    long SellingLiabilities,
    int Flags,
    long LastModifiedLedger);
