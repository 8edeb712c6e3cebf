namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Bits of the column <c>flags</c>, and their conversion from bits of the ledger.</summary>
/// <remarks>Source: wallet-backend internal/indexer/types/types.go.</remarks>
internal static class FlagBits
{
    public const int Authorized = 1;
    public const int AuthorizedToMaintainLiabilities = 64;

    /// <summary>Account flags: authorization required, revocable, immutable, clawback enabled. Unknown bits are dropped.</summary>
    public static int OfAccount(uint flags) => (int)(flags & 0xF) << 1;

    /// <summary>Trustline flags: authorized, authorized to maintain liabilities, clawback enabled. Unknown bits are dropped.</summary>
    public static int OfTrustline(uint flags) =>
        (int)(flags & 1) | ((flags & 2) != 0 ? AuthorizedToMaintainLiabilities : 0) | ((flags & 4) != 0 ? 32 : 0);
}
