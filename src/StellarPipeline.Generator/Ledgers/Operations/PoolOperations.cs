using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>Liquidity pools: share trustlines, deposits, withdrawals, redemptions.</summary>
internal static class PoolOperations
{
    private const int FeeBasisPoints = 30;

    public static PoolState? PoolOf(OperationScope scope, TrustlineState share) =>
        scope.Layer.Pick<PoolState>(scope.Dice, pool => pool.Id.AsSpan().SequenceEqual(share.Line.AsSpan(4))) ?? AllPools(scope)
            .FirstOrDefault(pool => pool.Id.AsSpan().SequenceEqual(share.Line.AsSpan(4)));

    /// <summary>A trustline to the shares of a pool; the first one creates the pool.</summary>
    public static OperationOutcome? TrustPool(OperationScope scope, byte[] account)
    {
        NetworkAsset a = scope.World.Native, b = scope.Dice.Of(scope.World.Assets);
        if (scope.Layer.Pick<TrustlineState>(scope.Dice, line => !line.IsPoolShare
            && line.Account.AsSpan().SequenceEqual(account)) is { } held)
        {
            b = scope.World.AssetOf(held.Line)!;
        }

        if (scope.Dice.Chance(500))
        {
            a = scope.World.Assets.Find(asset => asset != b && asset.IsIssuedBy(account)) ?? scope.World.Assets.Find(asset => asset != b
                && Holds(scope, account, asset)) ?? a;
        }

        if (a.CompareTo(b) > 0) (a, b) = (b, a);
        if (a == b || !Holds(scope, account, a) || !Holds(scope, account, b)) return null;
        PoolState pool = new(DerivedIds.Pool(a.Xdr, b.Xdr), a, b);
        byte[] line = AssetXdr.PoolShare(pool.Id);
        if (scope.Layer.Find(TrustlineState.KeyOf(account, line)) is not null) return null;
        pool = scope.Layer.Find<PoolState>(pool.Key) ?? pool;
        long limit = scope.Dice.Chance(500) ? long.MaxValue : scope.Dice.Amount(1_000_000 * OperationScope.Coin);
        if (!scope.Create(new TrustlineState(account, line) { Limit = limit, Flags = 1 })) return null;
        Use(scope, account, pool, 1);
        return Trusted(account, pool, limit);
    }

    /// <summary>CHANGE_TRUST of an existing share trustline: changes the limit, or removes the trustline.</summary>
    public static OperationOutcome? ChangeShare(OperationScope scope, TrustlineState share)
    {
        if (PoolOf(scope, share) is not { } pool) return null;
        if (share.Balance == 0 && scope.Dice.Chance(600))
        {
            scope.Delete(share);
            Use(scope, share.Account, pool, -1);
            return Trusted(share.Account, pool, 0);
        }

        long limit = share.Balance + 1 + scope.Dice.Amount(1_000_000 * OperationScope.Coin);
        scope.Layer.Put(share with { Limit = limit });
        return Trusted(share.Account, pool, limit);
    }

    public static OperationOutcome? Deposit(OperationScope scope)
    {
        if (PickShare(scope, static _ => true) is not ({ } share, { } pool)) return null;
        long most = Math.Min(1000 * OperationScope.Coin,
            Math.Min(scope.Spendable(share.Account, pool.AssetA), scope.Spendable(share.Account, pool.AssetB)) / 2);
        if (most < 100) return null;
        long amountA = scope.Dice.Between(100, most), amountB = scope.Dice.Between(100, most), shares = amountA;
        if (pool.Shares > 0)
        {
            amountB = (long)((Int128)amountA * pool.ReserveB / pool.ReserveA);
            shares = (long)((Int128)amountA * pool.Shares / pool.ReserveA);
            if (amountB <= 0 || shares <= 0) return null;
        }

        if (share.Limit - share.Balance < shares || !scope.Add(share.Account, pool.AssetA, -amountA)
            || !scope.Add(share.Account, pool.AssetB, -amountB))
        {
            return null;
        }

        Tell(scope, pool, share.Account, amountA, amountB, intoPool: true);
        scope.Layer.Put(scope.Layer.Find<TrustlineState>(share.Key)! with { Balance = share.Balance + shares });
        scope.Layer.Put(pool with
        {
            ReserveA = pool.ReserveA + amountA,
            ReserveB = pool.ReserveB + amountB,
            Shares = pool.Shares + shares,
        });
        return new(22, OperationOutcome.Encoded(writer =>
        {
            writer.WriteFixedOpaque(pool.Id);
            foreach (long amount in (long[])[amountA, amountB]) writer.WriteInt64(amount + 1);
            foreach (int number in (int[])[1, 1000, 1000, 1]) writer.WriteInt32(number);
        }), [])
        { Source = share.Account };
    }

    public static OperationOutcome? Withdraw(OperationScope scope)
    {
        if (PickShare(scope, static share => share.Balance > 0) is not ({ } share, { } pool)) return null;
        long shares = scope.Dice.Chance(250) ? share.Balance : scope.Dice.Between(1, share.Balance);
        long amountA = Part(pool.ReserveA, shares, pool.Shares), amountB = Part(pool.ReserveB, shares, pool.Shares);
        if (!scope.Add(share.Account, pool.AssetA, amountA) || !scope.Add(share.Account, pool.AssetB, amountB)) return null;
        Tell(scope, pool, share.Account, amountA, amountB, intoPool: false);
        scope.Layer.Put(scope.Layer.Find<TrustlineState>(share.Key)! with { Balance = share.Balance - shares });
        scope.Layer.Put(pool with
        {
            ReserveA = pool.ReserveA - amountA,
            ReserveB = pool.ReserveB - amountB,
            Shares = pool.Shares - shares,
        });
        return new(23, OperationOutcome.Encoded(writer =>
        {
            writer.WriteFixedOpaque(pool.Id);
            foreach (long amount in (long[])[shares, amountA, 0]) writer.WriteInt64(amount);
        }), [])
        { Source = share.Account };
    }

    /// <summary>Pays out all shares of a holder as claimable balances; an asset that the holder issued is burned.</summary>
    public static bool Redeem(OperationScope scope, TrustlineState share, PoolState pool)
    {
        long amountA = Part(pool.ReserveA, share.Balance, pool.Shares), amountB = Part(pool.ReserveB, share.Balance, pool.Shares);
        scope.Layer.Put(pool with
        {
            ReserveA = pool.ReserveA - amountA,
            ReserveB = pool.ReserveB - amountB,
            Shares = pool.Shares - share.Balance,
        });
        scope.Delete(share);
        Use(scope, share.Account, scope.Layer.Find<PoolState>(pool.Key)!, -1);
        byte[] payer = share.Sponsor ?? share.Account;
        foreach ((NetworkAsset asset, long amount) in (ReadOnlySpan<(NetworkAsset, long)>)[(pool.AssetA, amountA), (pool.AssetB, amountB)])
        {
            if (amount == 0 || asset.IsIssuedBy(share.Account)) continue;
            bool clawback = asset.Issuer is { } issuer && scope.Layer.Account(issuer) is { } account && (account.Flags & 8) != 0;
            BalanceState balance = new(scope.RevokedBalanceId(pool.Id, asset))
            {
                Asset = asset,
                Amount = amount,
                Claimants = [new Claimant(share.Account, ClaimPredicateXdr.Unconditional())],
                Clawback = clawback,
                Sponsor = payer,
            };
            scope.Layer.Put(balance);
            scope.Sponsoring(payer, 1);
        }

        return true;
    }

    private static long Part(long reserve, long shares, long all) => all == 0 ? 0 : (long)((Int128)reserve * shares / all);

    private static bool Holds(OperationScope scope, byte[] account, NetworkAsset asset) =>
        asset.IsNative || asset.IsIssuedBy(account) || scope.Line(account, asset) is { IsAuthorized: true };

    private static IEnumerable<PoolState> AllPools(OperationScope scope) => scope.World.Keys<PoolState>().Select(
        scope.Layer.Find<PoolState>).OfType<PoolState>();

    private static (TrustlineState? Share, PoolState? Pool) PickShare(OperationScope scope, Func<TrustlineState, bool> passes)
    {
        TrustlineState? share = scope.Layer.Pick<TrustlineState>(scope.Dice, line => line.IsPoolShare && passes(line)
            && scope.MayAct(line.Account));
        return share is null ? (null, null) : (share, PoolOf(scope, share));
    }

    /// <summary>Changes the pool's trustline count and the pool use counts of both asset trustlines. At 0, removes the pool.</summary>
    private static void Use(OperationScope scope, byte[] account, PoolState pool, int change)
    {
        PoolState changed = pool with { Trustlines = pool.Trustlines + change };
        if (changed.Trustlines == 0) scope.Layer.Remove(changed);
        else scope.Layer.Put(changed);
        foreach (NetworkAsset asset in (ReadOnlySpan<NetworkAsset>)[pool.AssetA, pool.AssetB])
            if (scope.Line(account, asset) is { } line) scope.Layer.Put(line with { PoolUse = line.PoolUse + change });
    }

    private static void Tell(OperationScope scope, PoolState pool, byte[] account, long amountA, long amountB, bool intoPool)
    {
        byte[] holder = ScAddressXdr.Account(account), reserve = ScAddressXdr.LiquidityPool(pool.Id);
        scope.Tell(pool.AssetA, intoPool ? holder : reserve, intoPool ? reserve : holder, amountA);
        scope.Tell(pool.AssetB, intoPool ? holder : reserve, intoPool ? reserve : holder, amountB);
    }

    private static OperationOutcome Trusted(byte[] account, PoolState pool, long limit) => new(6, OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(3);
        writer.WriteInt32(0);
        writer.WriteRaw(pool.AssetA.Xdr);
        writer.WriteRaw(pool.AssetB.Xdr);
        writer.WriteInt32(FeeBasisPoints);
        writer.WriteInt64(limit);
    }), [])
    { Source = account };
}
