using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>MANAGE_SELL_OFFER, MANAGE_BUY_OFFER and CREATE_PASSIVE_SELL_OFFER.</summary>
internal static class OfferOperations
{
    public static OperationOutcome? Sell(OperationScope scope) => Make(scope, 3);

    public static OperationOutcome? Buy(OperationScope scope) => Make(scope, 12);

    public static OperationOutcome? Passive(OperationScope scope) => Make(scope, 4);

    private static OperationOutcome? Make(OperationScope scope, int type)
    {
        if (type != 4 && scope.Dice.Chance(350) && scope.Layer.Pick<OfferState>(scope.Dice, offer => scope.MayAct(offer.Seller)) is { } own)
            return Change(scope, type, own);
        if (PickPair(scope) is not var (account, selling, buying)) return null;
        List<Trade> trades = [];
        for (int count = scope.Dice.Below(4); count > 0; count--)
        {
            if (Trading.PickOffer(scope, account, offer => offer.Selling == buying && offer.Buying == selling) is not { } counter) break;
            long affordable = scope.Spendable(account, selling), room = scope.Room(account, buying);
            long most = Math.Min(scope.Dice.Amount(counter.Amount), room);
            if (counter.Price(most) > affordable || Trading.Take(scope, counter, most) is not { } trade) break;
            if (!scope.Add(account, selling, -trade.Bought) || !scope.Add(account, buying, trade.Sold)) return null;
            trades.Add(trade);
        }

        int effect = 2;
        OfferState offer = new(account, scope.World.IdPool + 1)
        {
            Selling = selling,
            Buying = buying,
            Amount = scope.Dice.Amount(Math.Max(1, Math.Min(scope.Spendable(account, selling) / 4, 10_000 * OperationScope.Coin))),
            Numerator = scope.Dice.Between(1, 1000),
            Denominator = scope.Dice.Between(1, 1000),
            Flags = type == 4 ? 1u : 0,
        };
        if (trades.Count == 0 || scope.Dice.Chance(500))
        {
            if (!scope.Promise(offer, 1) || !scope.Create(offer)) return null;
            scope.World.IdPool++;
            effect = 0;
        }

        return Outcome(scope, type, offer, trades, effect, isNew: true);
    }

    private static OperationOutcome? Change(OperationScope scope, int type, OfferState own)
    {
        scope.Promise(own, -1);
        if (scope.Dice.Chance(500))
        {
            scope.Delete(own);
            return Outcome(scope, type, own with { Amount = 0 }, [], 2, isNew: false);
        }

        OfferState changed = own with { Amount = scope.Dice.Amount(own.Amount + 100), Numerator = scope.Dice.Between(1, 1000) };
        if (!scope.Promise(changed, 1)) return null;
        scope.Layer.Put(changed);
        return Outcome(scope, type, changed, [], 1, isNew: false);
    }

    /// <summary>An account and two assets that it can hold; it has some of the first.</summary>
    private static (byte[] Account, NetworkAsset Selling, NetworkAsset Buying)? PickPair(OperationScope scope)
    {
        if (scope.Layer.Pick<TrustlineState>(scope.Dice, line => line.IsAuthorized && !line.IsPoolShare
            && scope.MayAct(line.Account)) is not { } line)
        {
            return null;
        }

        NetworkAsset first = scope.World.AssetOf(line.Line)!, second = scope.World.Native;
        byte[] account = line.Account;
        if (scope.Dice.Chance(300)) second = scope.Dice.Of(scope.World.Assets);
        if (scope.Dice.Chance(100) && scope.MayAct(first.Issuer!) && scope.Layer.Account(first.Issuer!) is not null)
            account = first.Issuer!;
        if (scope.Dice.Chance(500)) (first, second) = (second, first);
        bool possible = first != second && scope.Spendable(account, first) > 100 && scope.Room(account, second) > 100;
        return possible ? (account, first, second) : null;
    }

    private static OperationOutcome Outcome(OperationScope scope, int type, OfferState offer, List<Trade> trades, int effect, bool isNew)
    {
        byte[] body = OperationOutcome.Encoded(writer =>
        {
            writer.WriteRaw(offer.Selling.Xdr);
            writer.WriteRaw(offer.Buying.Xdr);
            writer.WriteInt64(offer.Amount + (isNew && trades.Count > 0 ? trades.Sum(static trade => trade.Bought) : 0));
            writer.WriteInt32(offer.Numerator);
            writer.WriteInt32(offer.Denominator);
            if (type != 4) writer.WriteInt64(isNew ? 0 : offer.Id);
        });
        byte[] result = OperationOutcome.Encoded(writer =>
        {
            Trading.WriteAtoms(writer, trades);
            writer.WriteInt32(effect);
            if (effect == 2) return;
            using XdrWriter entry = new();
            scope.Layer.Find<OfferState>(offer.Key)!.Offer().WriteEntry(entry);

            // An OfferEntry is the ledger entry without the ledger number and type before it and the extension after it.
            writer.WriteRaw(entry.WrittenSpan[8..^4]);
        });

        // The network writes the result of a passive offer with the arm of MANAGE_SELL_OFFER.
        return new(type, body, result) { Source = offer.Seller, ResultArm = type == 4 ? 3 : type };
    }
}
