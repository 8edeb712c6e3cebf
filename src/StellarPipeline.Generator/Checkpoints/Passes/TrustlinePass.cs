using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all TRUSTLINE entries by account: first the credit assets in asset order, then the pool shares.</summary>
internal sealed class TrustlinePass : EntryPass
{
    private const int DeletedMost = 4;

    private readonly GeneratorContext context;
    private readonly TrustlineBuilder builder = new();
    private readonly byte[] id = new byte[32];
    private readonly byte[] poolShare = AssetXdr.PoolShare(new byte[32]);
    private readonly byte[] sponsor = new byte[32];
    private readonly int[] chosen = new int[GeneratorOptions.TrustlinesPerAccount + DeletedMost];
    private readonly bool[] isHeld;
    private bool isPoolShare;
    private long ordinal;

    public TrustlinePass(GeneratorContext context)
    {
        this.context = context;
        builder.AccountId = id;
        isHeld = new bool[context.Assets.Count];
    }

    public override EntryBuilder Builder => builder;

    /// <summary>Live trustlines to credit assets.</summary>
    public long Credits { get; private set; }

    /// <summary>Live trustlines to pool shares.</summary>
    public long PoolShares { get; private set; }

    /// <summary>Distinct credit assets of live trustlines.</summary>
    public long Assets => isHeld.Count(static held => held);

    public void Run()
    {
        SubEntryPlan plan = new(this.context.Options);
        for (int account = 0; account < this.context.Accounts.Live; account++)
        {
            SubEntryCounts counts = plan.Next();
            if (counts.Trustlines + counts.PoolShares == 0) continue;
            this.context.Accounts.WriteLiveId(account, id);
            EmitCredits(account, counts.Trustlines);
            EmitPoolShares(account, counts.PoolShares);
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        builder.Limit = entropy.Chance(700) ? long.MaxValue : entropy.Amount(60);
        builder.Balance = entropy.Chance(200) ? 0 : (long)Entropy.Scale((ulong)entropy.Amount(50), (ulong)builder.Limit << 1);
        builder.Balance = Math.Min(builder.Balance, builder.Limit);
        uint protocol = this.context.Options.Protocol;
        builder.Extension =
            isPoolShare
                ? 0
                : Math.Min(protocol switch { < 10 => 0, < StellarProtocols.LiquidityPools => 1, _ => 2 },
                    entropy.Below(8) switch { 0 => 2, 1 or 2 or 3 => 1, _ => 0 });
        builder.BuyingLiabilities =
            entropy.Chance(300) ? (long)Entropy.Scale(entropy.Next(), (ulong)(builder.Limit - builder.Balance) + 1) >> 8 : 0;
        builder.SellingLiabilities = entropy.Chance(300) ? (long)Entropy.Scale(entropy.Next(), (ulong)builder.Balance + 1) : 0;
        builder.PoolUseCount = entropy.Below(4);
        builder.Flags =
            isPoolShare ? 1 : entropy.Below(50) switch { 0 => 0u, 1 => protocol < 13 ? 1u : 2u, 2 => protocol < 17 ? 1u : 5u, _ => 1u };
        builder.Sponsor = null;
        if (!entropy.Chance(60) || protocol < StellarProtocols.ClaimableBalances) return;
        this.context.Accounts.WriteLiveId(entropy.Below(this.context.Accounts.Live), sponsor);
        builder.Sponsor = sponsor;
    }

    private void EmitCredits(int account, int live)
    {
        if (live == 0) return;
        Entropy entropy = new(this.context.Hash(Domain.TrustlineChoice, account));
        int dead = Math.Min(DeletedCount(ref entropy, live), this.context.Assets.Count - live);
        Span<int> chosen = this.chosen.AsSpan(0, live + dead);
        ChooseAssets(ref entropy, account, chosen);
        isPoolShare = false;
        for (int index = 0; index < chosen.Length; index++)
        {
            bool isDead = entropy.Below(chosen.Length - index) < dead;
            if (isDead) dead--;
            builder.Asset = this.context.Assets.Encoded(chosen[index]);
            this.context.Emitter.Emit(this, this.context.Hash(Domain.Trustline, ordinal++), isDead);
            if (isDead) continue;
            Credits++;
            isHeld[chosen[index]] = true;
        }
    }

    private void EmitPoolShares(int account, int live)
    {
        if (live == 0) return;
        Entropy entropy = new(this.context.Hash(Domain.PoolShare, account));
        Span<int> chosen = this.chosen.AsSpan(0, live);
        int pools = this.context.Options.LiquidityPools;
        for (int count = 0; count < live; count++)
        {
            int pool = Math.Min(entropy.Below(pools), entropy.Below(pools));
            while (!InsertSorted(chosen[..(count + 1)], pool)) pool = (pool + 1) % pools;
        }

        isPoolShare = true;
        builder.Asset = poolShare;
        foreach (int pool in chosen)
        {
            long slot = this.context.Pools.Slots.SlotOfLive(pool);
            this.context.Pools.Id(slot).CopyTo(poolShare, 4);
            this.context.Pools.ShareTrustlines[slot]++;
            this.context.Emitter.Emit(this, this.context.Hash(Domain.Trustline, ordinal++), isDead: false);
            PoolShares++;
        }
    }

    // An account has no trustline to an asset that it issued, unless there is no other asset left.
    private void ChooseAssets(ref Entropy entropy, int account, Span<int> chosen)
    {
        AssetTable assets = this.context.Assets;
        for (int count = 0; count < chosen.Length; count++)
        {
            int asset = assets.PickPopular(entropy.Next());
            for (int attempt = 0; ; attempt++, asset = (asset + 1) % assets.Count)
            {
                if (assets.Issuer(asset) == account && attempt < assets.Count) continue;
                if (InsertSorted(chosen[..(count + 1)], asset)) break;
            }
        }
    }

    private int DeletedCount(ref Entropy entropy, int live)
    {
        int livePerDead = this.context.Options.LivePerDead;
        int dead = 0;
        for (int index = 0; index < live && livePerDead > 0 && dead < DeletedMost; index++) dead += entropy.Below(livePerDead) == 0 ? 1 : 0;
        return dead;
    }

    /// <summary>Inserts a value into a sorted span whose last element is free. Returns false if the value is already there.</summary>
    private static bool InsertSorted(Span<int> values, int value)
    {
        int place = values[..^1].BinarySearch(value);
        if (place >= 0) return false;
        values[~place..^1].CopyTo(values[(~place + 1)..]);
        values[~place] = value;
        return true;
    }
}
