using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 0: pool shares redeemed because a trustline was revoked (ALLOW_TRUST, SET_TRUST_LINE_FLAGS; CAP-38).</summary>
/// <remarks>
/// For each pool that changed, in key order, computes the ids of the two claimable balances that may have received its assets, and looks
/// for them among the claimable balances that were created:
/// | found | events |
/// | both | two transfers from the pool, which produce no rows for these operations |
/// | one | that transfer, and a burn of the other asset by the difference of its reserve: the trustor is its issuer |
/// | none | none |
/// </remarks>
internal sealed class PoolRedemptionDeriver(TransferRows events, OperationChanges changes, AssetIds assets)
{
    private const int IdBytes = 32;

    public void Derive(in OperationContext operation)
    {
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.LiquidityPool) continue;
            var difference = new PoolDifference(pair);
            bool hasA = IsCreated(operation, difference.PoolId, difference.AssetA);
            bool hasB = IsCreated(operation, difference.PoolId, difference.AssetB);
            var pool = Party.Pool(difference.PoolId);
            if (hasA && !hasB) events.Burn(operation, assets.Of(difference.AssetB), difference.AssetB.Issuer, pool, difference.AmountB);
            if (hasB && !hasA) events.Burn(operation, assets.Of(difference.AssetA), difference.AssetA.Issuer, pool, difference.AmountA);
        }
    }

    private bool IsCreated(in OperationContext operation, ReadOnlySpan<byte> pool, AssetView asset)
    {
        Span<byte> id = stackalloc byte[IdBytes];
        ContractIds.OfRevokedPoolShare(operation.Transaction, operation.Index, pool, asset.Encoded, id);
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type == LedgerEntryType.ClaimableBalance && !pair.HasBefore && pair.KeyBody[4..].SequenceEqual(id)) return true;
        }

        return false;
    }
}
