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

    private readonly GeneratorContext _context;
    private readonly ClaimableBalanceBuilder _builder = new();
    private readonly byte[] _id = new byte[32];
    private readonly byte[] _sponsor = new byte[32];
    private readonly byte[][] _destinations = new byte[ClaimantsMost][];
    private readonly List<Claimant> _claimants = new(ClaimantsMost);

    public ClaimableBalancePass(GeneratorContext context)
    {
        _context = context;
        _builder.BalanceId = _id;
        _builder.Claimants = _claimants;
        _builder.Sponsor = _sponsor;
        for (int claimant = 0; claimant < ClaimantsMost; claimant++) _destinations[claimant] = new byte[32];
    }

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        SlotPlan slots =
            new(_context.Options.Seed, Domain.ClaimableBalance, _context.Options.ClaimableBalances, _context.Options.LivePerDead);
        MonotoneIds ids = new(_context.Options.Seed, Domain.ClaimableBalanceId, slots.Total);
        for (long slot = 0; slot < slots.Total; slot++)
        {
            ids.Write(slot, _id);
            _context.Emitter.Emit(this, _context.Hash(Domain.ClaimableBalance, slot), slots.IsDead(slot));
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        _claimants.Clear();
        int count = entropy.Chance(5) ? ClaimantsMost : 1 + entropy.Below(2);
        for (int claimant = 0; claimant < count; claimant++)
        {
            byte[] destination = _destinations[claimant];
            _context.Accounts.WriteLiveId(entropy.Below(_context.Accounts.Live), destination);
            byte[] predicate = Predicates[entropy.Below(Predicates.Length)];

            // Nobody claims twice.
            if (!_claimants.Exists(other => other.Destination.Span.SequenceEqual(destination)))
                _claimants.Add(new Claimant(destination, predicate));
        }

        _context.Accounts.WriteLiveId(entropy.Below(_context.Accounts.Live), _sponsor);
        bool isNative = entropy.Chance(150);
        _builder.Asset = isNative ? Native : _context.Assets.Encoded(_context.Assets.PickPopular(entropy.Next()));
        _builder.Amount = entropy.Amount(44);

        // The extension is there for clawback alone, which is for credit assets, since protocol 17.
        bool hasClawback = entropy.Chance(100) && entropy.Below(2) == 1;
        _builder.Flags = hasClawback && !isNative && _context.Options.Protocol >= 17 ? 1u : null;
    }
}
