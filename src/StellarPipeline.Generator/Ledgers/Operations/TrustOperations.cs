using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>Operations on trustlines and their authorization.</summary>
internal static class TrustOperations
{
    public static OperationOutcome? ChangeTrust(OperationScope scope)
    {
        if (scope.Dice.Chance(650) && scope.Layer.Pick<TrustlineState>(scope.Dice, line => scope.MayAct(line.Account)) is { } existing)
            return Change(scope, existing);
        if (PickRemoved(scope) is var (holder, again)) return Add(scope, holder, again);
        if (scope.PickSource() is not { } source) return null;
        if (scope.Rules.HasPools && scope.Dice.Chance(350)) return PoolOperations.TrustPool(scope, source.Id);
        return Add(scope, source, scope.Dice.Of(scope.World.Assets));
    }

    // Usually the trustline removed last, possibly in the same ledger.
    private static (AccountState Holder, NetworkAsset Asset)? PickRemoved(OperationScope scope)
    {
        int recreations = scope.Transaction.Customs.RecreationsPerThousand;
        List<(byte[] Account, NetworkAsset Asset)> removed = scope.World.RemovedLines;
        if (recreations == 0 || removed.Count == 0 || !scope.Dice.Chance(recreations)) return null;
        (byte[] id, NetworkAsset asset) = scope.Dice.Chance(700) ? removed[^1] : scope.Dice.Of(removed);
        return scope.MayAct(id) && scope.Layer.Account(id) is { } holder ? (holder, asset) : null;
    }

    private static OperationOutcome? Add(OperationScope scope, AccountState source, NetworkAsset asset)
    {
        if (asset.IsIssuedBy(source.Id) || scope.Line(source.Id, asset) is not null || scope.Layer.Account(asset.Issuer!) is not { } issuer)
            return null;
        long limit = scope.Dice.Chance(300) ? long.MaxValue : scope.Dice.Amount(1_000_000 * OperationScope.Coin);
        uint flags = ((issuer.Flags & 1) != 0 ? 0u : 1u) | ((issuer.Flags & 8) != 0 ? 4u : 0u);
        if (!scope.Create(new TrustlineState(source.Id, asset.Xdr) { Limit = limit, Flags = flags })) return null;
        return Outcome(source.Id, asset.Xdr, limit);
    }

    /// <summary>ALLOW_TRUST and SET_TRUST_LINE_FLAGS.</summary>
    public static OperationOutcome? Authorize(OperationScope scope, bool byFlags)
    {
        bool wantsPool = scope.Rules.HasPools && scope.Dice.Chance(400);
        TrustlineState? picked = scope.Layer.Pick<TrustlineState>(
            scope.Dice, line => !line.IsPoolShare && (!wantsPool || line.PoolUse > 0) && Asset(scope, line) is { } asset
                && scope.MayAct(asset.Issuer!));
        if (picked is null || scope.Layer.Account(Asset(scope, picked)!.Issuer!) is not { } issuer) return null;
        NetworkAsset asset = Asset(scope, picked)!;
        uint clear = 0, set = 0;
        uint wanted = wantsPool && scope.Dice.Chance(500) ? 0 : (uint)scope.Dice.Below(scope.Rules.Protocol >= 13 ? 3 : 2);
        bool clearClawback = byFlags && (picked.Flags & 4) != 0 && scope.Dice.Chance(200);
        if (!byFlags || scope.Dice.Chance(900))
        {
            set = wanted & ~picked.Flags;
            clear = picked.Flags & 3 & ~wanted;
            if (wanted == 0 && scope.Dice.Chance(100)) clear = 3;
        }

        if (clearClawback) clear |= 4;
        TrustlineState changed = picked with { Flags = (picked.Flags & ~clear) | set };
        if (changed.Flags != picked.Flags || scope.Dice.Chance(500)) scope.Layer.Put(changed);
        if ((changed.Flags & 3) == 0 && (picked.Flags & 3) != 0 && !Revoke(scope, picked.Account, asset)) return null;
        byte[] body = OperationOutcome.Encoded(writer =>
        {
            writer.WriteAccountId(picked.Account);
            if (byFlags)
            {
                writer.WriteRaw(asset.Xdr);
                writer.WriteUInt32(clear);
                writer.WriteUInt32(set);
                return;
            }

            writer.WriteRaw(asset.Xdr.AsSpan(0, asset.Xdr.Length - 36));
            writer.WriteUInt32(wanted);
        });
        return new(byFlags ? 21 : 7, body, []) { Source = issuer.Id };
    }

    /// <summary>Revokes an authorization: removes the offers, and pays out pool shares as claimable balances.</summary>
    private static bool Revoke(OperationScope scope, byte[] holder, NetworkAsset asset)
    {
        foreach (OfferState offer in Of<OfferState>(scope, holder).Where(offer => offer.Selling == asset || offer.Buying == asset))
        {
            scope.Promise(offer, -1);
            scope.Delete(offer);
        }

        if (!scope.Rules.HasPools) return true;
        foreach (TrustlineState share in Of<TrustlineState>(scope, holder).Where(static line => line.IsPoolShare))
        {
            if (PoolOperations.PoolOf(scope, share) is { } pool && (pool.AssetA == asset || pool.AssetB == asset)
                && !PoolOperations.Redeem(scope, share, pool))
            {
                return false;
            }
        }

        return true;
    }

    private static List<T> Of<T>(OperationScope scope, byte[] owner)
        where T : EntryState =>
        [.. scope.World.Keys<T>().Select(scope.Layer.Find<T>).OfType<T>().Where(entry => entry.Owner.AsSpan().SequenceEqual(owner))];

    private static OperationOutcome? Change(OperationScope scope, TrustlineState line)
    {
        if (line.IsPoolShare) return PoolOperations.ChangeShare(scope, line);
        bool removable = line is { Balance: 0, Buying: 0, Selling: 0, PoolUse: 0 };
        if (removable && scope.Dice.Chance(600))
        {
            scope.Delete(line);
            if (Asset(scope, line) is { } asset) scope.World.RemovedLines.Add((line.Account, asset));
            return Outcome(line.Account, line.Line, 0);
        }

        long limit = Math.Max(1, line.Balance + line.Buying) + scope.Dice.Amount(1_000_000 * OperationScope.Coin);
        if (scope.Dice.Chance(150)) limit = line.Limit;
        scope.Layer.Put(line with { Limit = limit });
        return Outcome(line.Account, line.Line, limit);
    }

    private static NetworkAsset? Asset(OperationScope scope, TrustlineState line) => scope.World.AssetOf(line.Line);

    private static OperationOutcome Outcome(byte[] source, byte[] line, long limit) => new(6, OperationOutcome.Encoded(writer =>
    {
        writer.WriteRaw(line);
        writer.WriteInt64(limit);
    }), [])
    { Source = source };
}
