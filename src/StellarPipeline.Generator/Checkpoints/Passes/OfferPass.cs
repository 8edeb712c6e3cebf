using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all OFFER entries: grouped by seller, ids increasing.</summary>
internal sealed class OfferPass : EntryPass
{
    private const long FirstOfferId = 1_000_000;
    private const int OfferIdStep = 16;
    private static readonly byte[] Native = AssetXdr.Native();

    private readonly GeneratorContext _context;
    private readonly OfferBuilder _builder = new();
    private readonly byte[] _id = new byte[32];

    public OfferPass(GeneratorContext context)
    {
        _context = context;
        _builder.SellerId = _id;
    }

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        SubEntryPlan plan = new(_context.Options);
        SlotPlan slots = new(_context.Options.Seed, Domain.Offer, _context.Options.Offers, _context.Options.LivePerDead);
        long slot = 0;
        for (int account = 0; account < _context.Accounts.Live; account++)
        {
            int live = plan.Next().Offers;
            if (live == 0) continue;
            _context.Accounts.WriteLiveId(account, _id);
            for (; live > 0; slot++)
            {
                bool isDead = slots.IsDead(slot);
                if (!isDead) live--;
                ulong hash = _context.Hash(Domain.Offer, slot);
                _builder.OfferId = FirstOfferId + (slot * OfferIdStep) + (long)(hash % OfferIdStep);
                _context.Emitter.Emit(this, hash, isDead);
            }
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        byte[] credit = _context.Assets.Encoded(_context.Assets.PickPopular(entropy.Next()));
        byte[] other = entropy.Chance(700) ? Native : _context.Assets.Encoded(_context.Assets.PickPopular(entropy.Next()));
        if (ReferenceEquals(other, credit)) other = Native;
        bool sellsCredit = entropy.Chance(500);
        _builder.Selling = sellsCredit ? credit : other;
        _builder.Buying = sellsCredit ? other : credit;
        _builder.Amount = entropy.Amount(48);
        _builder.PriceNumerator = 1 + entropy.Below(10_000_000);
        _builder.PriceDenominator = entropy.Chance(100) ? 1 : 1 + entropy.Below(10_000_000);
        _builder.Flags = entropy.Chance(30) ? 1u : 0u;
        _builder.HasSponsorExtension = entropy.Chance(20) && _context.Options.Protocol >= StellarProtocols.ClaimableBalances;
    }
}
