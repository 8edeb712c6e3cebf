using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all TRUSTLINE entries: grouped by account, each account's credit assets in asset order, then its pool shares.</summary>
internal sealed class TrustlinePass : EntryPass
{
    private const int DeletedMost = 4;

    private readonly GeneratorContext _context;
    private readonly TrustlineBuilder _builder = new();
    private readonly byte[] _id = new byte[32];
    private readonly byte[] _poolShare = AssetXdr.PoolShare(new byte[32]);
    private readonly byte[] _sponsor = new byte[32];
    private readonly int[] _chosen = new int[GeneratorOptions.TrustlinesPerAccount + DeletedMost];
    private readonly bool[] _isHeld;
    private bool _isPoolShare;
    private long _ordinal;

    public TrustlinePass(GeneratorContext context)
    {
        _context = context;
        _builder.AccountId = _id;
        _isHeld = new bool[context.Assets.Count];
    }

    public override EntryBuilder Builder => _builder;

    /// <summary>Live trustlines to credit assets.</summary>
    public long Credits { get; private set; }

    /// <summary>Live trustlines to pool shares.</summary>
    public long PoolShares { get; private set; }

    /// <summary>Distinct credit assets of live trustlines.</summary>
    public long Assets => _isHeld.Count(static held => held);

    public void Run()
    {
        SubEntryPlan plan = new(_context.Options);
        for (int account = 0; account < _context.Accounts.Live; account++)
        {
            SubEntryCounts counts = plan.Next();
            if (counts.Trustlines + counts.PoolShares == 0) continue;
            _context.Accounts.WriteLiveId(account, _id);
            EmitCredits(account, counts.Trustlines);
            EmitPoolShares(account, counts.PoolShares);
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        _builder.Limit = entropy.Chance(700) ? long.MaxValue : entropy.Amount(60);
        _builder.Balance = entropy.Chance(200) ? 0 : (long)Entropy.Scale((ulong)entropy.Amount(50), (ulong)_builder.Limit << 1);
        _builder.Balance = Math.Min(_builder.Balance, _builder.Limit);
        uint protocol = _context.Options.Protocol;
        _builder.Extension =
            _isPoolShare
                ? 0
                : Math.Min(protocol switch { < 10 => 0, < StellarProtocols.LiquidityPools => 1, _ => 2 },
                    entropy.Below(8) switch { 0 => 2, 1 or 2 or 3 => 1, _ => 0 });
        _builder.BuyingLiabilities =
            entropy.Chance(300) ? (long)Entropy.Scale(entropy.Next(), (ulong)(_builder.Limit - _builder.Balance) + 1) >> 8 : 0;
        _builder.SellingLiabilities = entropy.Chance(300) ? (long)Entropy.Scale(entropy.Next(), (ulong)_builder.Balance + 1) : 0;
        _builder.PoolUseCount = entropy.Below(4);
        _builder.Flags =
            _isPoolShare ? 1 : entropy.Below(50) switch { 0 => 0u, 1 => protocol < 13 ? 1u : 2u, 2 => protocol < 17 ? 1u : 5u, _ => 1u };
        _builder.Sponsor = null;
        if (!entropy.Chance(60) || protocol < StellarProtocols.ClaimableBalances) return;
        _context.Accounts.WriteLiveId(entropy.Below(_context.Accounts.Live), _sponsor);
        _builder.Sponsor = _sponsor;
    }

    private void EmitCredits(int account, int live)
    {
        if (live == 0) return;
        Entropy entropy = new(_context.Hash(Domain.TrustlineChoice, account));
        int dead = Math.Min(DeletedCount(ref entropy, live), _context.Assets.Count - live);
        Span<int> chosen = _chosen.AsSpan(0, live + dead);
        ChooseAssets(ref entropy, account, chosen);
        _isPoolShare = false;
        for (int index = 0; index < chosen.Length; index++)
        {
            bool isDead = entropy.Below(chosen.Length - index) < dead;
            if (isDead) dead--;
            _builder.Asset = _context.Assets.Encoded(chosen[index]);
            _context.Emitter.Emit(this, _context.Hash(Domain.Trustline, _ordinal++), isDead);
            if (isDead) continue;
            Credits++;
            _isHeld[chosen[index]] = true;
        }
    }

    private void EmitPoolShares(int account, int live)
    {
        if (live == 0) return;
        Entropy entropy = new(_context.Hash(Domain.PoolShare, account));
        Span<int> chosen = _chosen.AsSpan(0, live);
        int pools = _context.Options.LiquidityPools;
        for (int count = 0; count < live; count++)
        {
            int pool = Math.Min(entropy.Below(pools), entropy.Below(pools));
            while (!InsertSorted(chosen[..(count + 1)], pool)) pool = (pool + 1) % pools;
        }

        _isPoolShare = true;
        _builder.Asset = _poolShare;
        foreach (int pool in chosen)
        {
            long slot = _context.Pools.Slots.SlotOfLive(pool);
            _context.Pools.Id(slot).CopyTo(_poolShare, 4);
            _context.Pools.ShareTrustlines[slot]++;
            _context.Emitter.Emit(this, _context.Hash(Domain.Trustline, _ordinal++), isDead: false);
            PoolShares++;
        }
    }

    // Accounts hold no trustline to an asset of their own, unless nothing else is left to choose.
    private void ChooseAssets(ref Entropy entropy, int account, Span<int> chosen)
    {
        AssetTable assets = _context.Assets;
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
        int livePerDead = _context.Options.LivePerDead;
        int dead = 0;
        for (int index = 0; index < live && livePerDead > 0 && dead < DeletedMost; index++) dead += entropy.Below(livePerDead) == 0 ? 1 : 0;
        return dead;
    }

    /// <summary>Puts a value into the sorted values before the last place; says false where it is there already.</summary>
    private static bool InsertSorted(Span<int> values, int value)
    {
        int place = values[..^1].BinarySearch(value);
        if (place >= 0) return false;
        values[~place..^1].CopyTo(values[(~place + 1)..]);
        values[~place] = value;
        return true;
    }
}
