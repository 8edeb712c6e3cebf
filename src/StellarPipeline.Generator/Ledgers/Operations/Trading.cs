using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>A trade with an offer or a pool.</summary>
/// <param name="Atom">The encoded ClaimAtom.</param>
/// <param name="Sold">The amount that the offer or pool gave.</param>
/// <param name="Bought">The amount that the offer or pool received.</param>
internal sealed record Trade(byte[] Atom, long Sold, long Bought);

/// <summary>Trades with offers and pools. Changes only the side of the offer or pool, not the taker's balances.</summary>
internal static class Trading
{
    /// <summary>A random offer of another account that passes a test.</summary>
    public static OfferState? PickOffer(OperationScope scope, byte[] taker, Func<OfferState, bool> passes) =>
        scope.Layer.Pick<OfferState>(scope.Dice, offer => !offer.Seller.AsSpan().SequenceEqual(taker) && passes(offer));

    /// <summary>Takes at most the given amount of the asset that an offer sells.</summary>
    public static Trade? Take(OperationScope scope, OfferState offer, long most, bool exact = false)
    {
        long sold = Math.Min(offer.Amount, most);
        if (sold <= 0 || (exact && sold < most)) return null;
        long bought = offer.Price(sold);
        scope.Promise(offer, -1);
        if (!scope.Add(offer.Seller, offer.Selling, -sold) || !scope.Add(offer.Seller, offer.Buying, bought)) return null;
        OfferState rest = offer with { Amount = offer.Amount - sold };
        if (rest.Amount > 0 && scope.Promise(rest, 1)) scope.Layer.Put(rest);
        else scope.Delete(offer);
        int arm = scope.Rules.HasPools ? 1 : 0;
        return new(Atom(arm, writer =>
        {
            if (arm == 1) writer.WriteAccountId(offer.Seller);
            else writer.WriteFixedOpaque(offer.Seller);
            writer.WriteInt64(offer.Id);
        }, offer.Selling, sold, offer.Buying, bought), sold, bought);
    }

    /// <summary>Exchanges an amount of one asset of a pool for the other.</summary>
    public static Trade? Take(OperationScope scope, PoolState pool, NetworkAsset wanted, long sold)
    {
        bool wantsA = pool.AssetA == wanted;
        long give = wantsA ? pool.ReserveA : pool.ReserveB, take = wantsA ? pool.ReserveB : pool.ReserveA;
        if (sold <= 0 || sold >= give / 2) return null;
        long bought = (long)((((Int128)take * sold * 1003) / ((Int128)(give - sold) * 1000)) + 1);
        scope.Layer.Put(pool with
        {
            ReserveA = pool.ReserveA + (wantsA ? -sold : bought),
            ReserveB = pool.ReserveB + (wantsA ? bought : -sold),
        });
        return new(Atom(2, writer => writer.WriteFixedOpaque(pool.Id), wanted, sold, wantsA ? pool.AssetB : pool.AssetA, bought), sold,
            bought);
    }

    public static void WriteAtoms(XdrWriter writer, IReadOnlyList<Trade> trades)
    {
        writer.WriteInt32(trades.Count);
        foreach (Trade trade in trades) writer.WriteRaw(trade.Atom);
    }

    private static byte[] Atom(int arm, Action<XdrWriter> maker, NetworkAsset sold, long amountSold, NetworkAsset bought,
        long amountBought) => OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(arm);
        maker(writer);
        writer.WriteRaw(sold.Xdr);
        writer.WriteInt64(amountSold);
        writer.WriteRaw(bought.Xdr);
        writer.WriteInt64(amountBought);
    });
}
