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

    private readonly GeneratorContext context;
    private readonly OfferBuilder builder = new();
    private readonly byte[] id = new byte[32];

    public OfferPass(GeneratorContext context)
    {
        this.context = context;
        builder.SellerId = id;
    }

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        SubEntryPlan plan = new(this.context.Options);
        SlotPlan slots = new(this.context.Options.Seed, Domain.Offer, this.context.Options.Offers, this.context.Options.LivePerDead);
        long slot = 0;
        for (int account = 0; account < this.context.Accounts.Live; account++)
        {
            int live = plan.Next().Offers;
            if (live == 0) continue;
            this.context.Accounts.WriteLiveId(account, id);
            for (; live > 0; slot++)
            {
                bool isDead = slots.IsDead(slot);
                if (!isDead) live--;
                ulong hash = this.context.Hash(Domain.Offer, slot);
                builder.OfferId = FirstOfferId + (slot * OfferIdStep) + (long)(hash % OfferIdStep);
                this.context.Emitter.Emit(this, hash, isDead);
            }
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        byte[] credit = this.context.Assets.Encoded(this.context.Assets.PickPopular(entropy.Next()));
        byte[] other = entropy.Chance(700) ? Native : this.context.Assets.Encoded(this.context.Assets.PickPopular(entropy.Next()));
        if (ReferenceEquals(other, credit)) other = Native;
        bool sellsCredit = entropy.Chance(500);
        builder.Selling = sellsCredit ? credit : other;
        builder.Buying = sellsCredit ? other : credit;
        builder.Amount = entropy.Amount(48);
        builder.PriceNumerator = 1 + entropy.Below(10_000_000);
        builder.PriceDenominator = entropy.Chance(100) ? 1 : 1 + entropy.Below(10_000_000);
        builder.Flags = entropy.Chance(30) ? 1u : 0u;
        builder.HasSponsorExtension = entropy.Chance(20) && this.context.Options.Protocol >= StellarProtocols.ClaimableBalances;
    }
}
