namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A trustline of an account, in units of 10⁻⁷.</summary>
/// <param name="Account">The account or contract.</param>
/// <param name="AssetId">Id of the asset.</param>
/// <param name="Code">Its code.</param>
/// <param name="Issuer">Its issuer.</param>
/// <param name="Balance">What is held.</param>
/// <param name="TrustLimit">What may be held.</param>
/// <param name="BuyingLiabilities">What offers may still bring in.</param>
/// <param name="SellingLiabilities">What offers may still give away.</param>
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
