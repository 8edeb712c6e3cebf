using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>PAYMENT, the two path payments and CLAWBACK.</summary>
internal static class PaymentOperations
{
    public static OperationOutcome? Payment(OperationScope scope)
    {
        if (PickHolder(scope) is not var (source, asset)) return null;
        if (PickReceiver(scope, source, asset) is not { } destination) return null;
        long most = Math.Min(scope.Spendable(source, asset), scope.Room(destination, asset));
        if (most <= 0) return null;
        long amount = scope.Dice.Amount(Math.Min(most, 100_000 * OperationScope.Coin));
        if (!scope.Move(asset, source, destination, amount)) return null;
        return new(1, OperationOutcome.Encoded(writer =>
        {
            scope.WriteMuxed(writer, destination);
            writer.WriteRaw(asset.Xdr);
            writer.WriteInt64(amount);
        }), [])
        { Source = source };
    }

    public static OperationOutcome? StrictReceive(OperationScope scope) => Path(scope, 2);

    public static OperationOutcome? StrictSend(OperationScope scope) => Path(scope, 13);

    public static OperationOutcome? Clawback(OperationScope scope)
    {
        if (scope.Layer.Pick<TrustlineState>(scope.Dice, line => (line.Flags & 4) != 0 && line.Balance - line.Selling > 0
            && !line.IsPoolShare) is not { } line)
        {
            return null;
        }

        NetworkAsset asset = scope.World.AssetOf(line.Line)!;
        if (!scope.MayAct(asset.Issuer!) || scope.Layer.Account(asset.Issuer!) is null) return null;
        long amount = scope.Dice.Amount(line.Balance - line.Selling);
        scope.Layer.Put(line with { Balance = line.Balance - amount });
        return new(19, OperationOutcome.Encoded(writer =>
        {
            writer.WriteRaw(asset.Xdr);
            scope.WriteMuxed(writer, line.Account);
            writer.WriteInt64(amount);
        }), [])
        { Source = asset.Issuer! };
    }

    /// <summary>An account, possibly the issuer, that can send some of an asset.</summary>
    public static (byte[] Account, NetworkAsset Asset)? PickHolder(OperationScope scope)
    {
        if (scope.Dice.Chance(400))
        {
            return scope.PickSource(account => account.Spendable(scope.World.BaseReserve) > OperationScope.Coin) is { } source
                ? (source.Id, scope.World.Native) : null;
        }

        if (scope.Dice.Chance(250))
        {
            NetworkAsset issued = scope.Dice.Of(scope.World.Assets);
            return scope.MayAct(issued.Issuer!) && scope.Layer.Account(issued.Issuer!) is not null ? (issued.Issuer!, issued) : null;
        }

        return scope.Layer.Pick<TrustlineState>(scope.Dice, line => line is { IsPoolShare: false, IsAuthorized: true }
            && line.Balance > line.Selling && scope.MayAct(line.Account)) is { } holder
            ? (holder.Account, scope.World.AssetOf(holder.Line)!)
            : null;
    }

    /// <summary>An account that can receive some of an asset; sometimes the issuer or the sender.</summary>
    public static byte[]? PickReceiver(OperationScope scope, byte[] giver, NetworkAsset asset)
    {
        if (scope.Dice.Chance(40)) return giver;
        if (asset.IsNative) return scope.Layer.Pick<AccountState>(scope.Dice)?.Id;
        if (scope.Dice.Chance(120) && scope.Layer.Account(asset.Issuer!) is not null) return asset.Issuer;
        return scope.Layer.Pick<TrustlineState>(scope.Dice, line => line.IsAuthorized
            && line.Line.AsSpan().SequenceEqual(asset.Xdr))?.Account;
    }

    /// <summary>A path payment with zero to three trades, planned from the destination backwards.</summary>
    private static OperationOutcome? Path(OperationScope scope, int type)
    {
        Dice dice = scope.Dice;
        NetworkAsset last = dice.Chance(300) ? scope.World.Native : dice.Of(scope.World.Assets);
        byte[]? source = scope.PickSource()?.Id;
        if (source is null || PickReceiver(scope, source, last) is not { } destination) return null;
        long amount = dice.Amount(Math.Min(scope.Room(destination, last), 100 * OperationScope.Coin)), needed = amount;
        if (scope.Room(destination, last) < amount) return null;
        List<Trade> trades = [];
        List<NetworkAsset> path = [last];
        for (int hops = dice.Below(4); hops > 0; hops--)
        {
            NetworkAsset wanted = path[0];
            Trade? trade;
            if (scope.Rules.HasPools && dice.Chance(500)
                && scope.Layer.Pick<PoolState>(dice, pool => (pool.AssetA == wanted || pool.AssetB == wanted)
                && pool.Shares > 0) is { } pool)
            {
                trade = Trading.Take(scope, pool, wanted, needed);
                path.Insert(0, pool.AssetA == wanted ? pool.AssetB : pool.AssetA);
            }
            else if (Trading.PickOffer(scope, source, offer => offer.Selling == wanted && offer.Amount >= needed) is { } offer)
            {
                trade = Trading.Take(scope, offer, needed, exact: true);
                path.Insert(0, offer.Buying);
            }
            else
            {
                break;
            }

            if (trade is null) return null;
            needed = trade.Bought;
            trades.Insert(0, trade);
        }

        if (path.Count > 7 || !scope.Add(source, path[0], -needed) || !scope.Add(destination, last, amount)) return null;
        byte[] body = OperationOutcome.Encoded(writer =>
        {
            writer.WriteRaw(path[0].Xdr);
            writer.WriteInt64(type == 2 ? needed + dice.Below(100) : needed);
            scope.WriteMuxed(writer, destination);
            writer.WriteRaw(last.Xdr);
            writer.WriteInt64(type == 2 ? amount : dice.Between(1, amount));
            List<NetworkAsset> between = path.Count > 2 ? path[1..^1] : [];
            writer.WriteInt32(between.Count);
            foreach (NetworkAsset asset in between) writer.WriteRaw(asset.Xdr);
        });
        byte[] result = OperationOutcome.Encoded(writer =>
        {
            Trading.WriteAtoms(writer, trades);
            writer.WriteAccountId(destination);
            writer.WriteRaw(last.Xdr);
            writer.WriteInt64(amount);
        });
        return new(type, body, result) { Source = source };
    }
}
