using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all CLAIMABLE_BALANCE entries.</summary>
internal sealed class ClaimableBalancePass : EntryPass
{
    private const int ClaimantsMost = 10;
    private static readonly byte[] Native = AssetXdr.Native();
    private static readonly byte[][] Predicates =
    [
        ClaimPredicateXdr.Unconditional(),
        ClaimPredicateXdr.BeforeAbsolute(1_800_000_000),
        ClaimPredicateXdr.Not(ClaimPredicateXdr.BeforeAbsolute(1_700_000_000)),
        ClaimPredicateXdr.And(
            ClaimPredicateXdr.Not(ClaimPredicateXdr.BeforeAbsolute(1_650_000_000)), ClaimPredicateXdr.BeforeAbsolute(1_900_000_000)),
        ClaimPredicateXdr.Or(
            ClaimPredicateXdr.BeforeAbsolute(1_660_000_000), ClaimPredicateXdr.Not(ClaimPredicateXdr.BeforeAbsolute(1_670_000_000))),
    ];

    private readonly GeneratorContext context;
    private readonly ClaimableBalanceBuilder builder = new();
    private readonly byte[] id = new byte[32];
    private readonly byte[] sponsor = new byte[32];
    private readonly byte[][] destinations = new byte[ClaimantsMost][];
    private readonly List<Claimant> claimants = new(ClaimantsMost);

    public ClaimableBalancePass(GeneratorContext context)
    {
        this.context = context;
        builder.BalanceId = id;
        builder.Claimants = claimants;
        builder.Sponsor = sponsor;
        for (int claimant = 0; claimant < ClaimantsMost; claimant++) destinations[claimant] = new byte[32];
    }

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        SlotPlan slots =
            new(this.context.Options.Seed, Domain.ClaimableBalance, this.context.Options.ClaimableBalances,
                this.context.Options.LivePerDead);
        MonotoneIds ids = new(this.context.Options.Seed, Domain.ClaimableBalanceId, slots.Total);
        for (long slot = 0; slot < slots.Total; slot++)
        {
            ids.Write(slot, id);
            this.context.Emitter.Emit(this, this.context.Hash(Domain.ClaimableBalance, slot), slots.IsDead(slot));
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        claimants.Clear();
        int count = entropy.Chance(5) ? ClaimantsMost : 1 + entropy.Below(2);
        for (int claimant = 0; claimant < count; claimant++)
        {
            byte[] destination = destinations[claimant];
            this.context.Accounts.WriteLiveId(entropy.Below(this.context.Accounts.Live), destination);
            byte[] predicate = Predicates[entropy.Below(Predicates.Length)];

            // A destination occurs only once.
            if (!claimants.Exists(other => other.Destination.Span.SequenceEqual(destination)))
                claimants.Add(new Claimant(destination, predicate));
        }

        this.context.Accounts.WriteLiveId(entropy.Below(this.context.Accounts.Live), sponsor);
        bool isNative = entropy.Chance(150);
        builder.Asset = isNative ? Native : this.context.Assets.Encoded(this.context.Assets.PickPopular(entropy.Next()));
        builder.Amount = entropy.Amount(44);

        // The extension exists only for clawback: credit assets, since protocol 17.
        bool hasClawback = entropy.Chance(100) && entropy.Below(2) == 1;
        builder.Flags = hasClawback && !isNative && this.context.Options.Protocol >= 17 ? 1u : null;
    }
}
