using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all ACCOUNT entries.</summary>
internal sealed class AccountPass : EntryPass
{
    private const int SignersMost = 20;
    private const long ReserveStroops = 5_000_000;
    private static readonly byte[][] HomeDomains =
    [
        "stellar.org"u8.ToArray(), "lobstr.co"u8.ToArray(), "centre.io"u8.ToArray(), "ultrastellar.com"u8.ToArray(), "a.b"u8.ToArray(),
        "a-rather-long-home-domain.example"u8[..32].ToArray(),
    ];

    private readonly GeneratorContext _context;
    private readonly AccountBuilder _builder = new();
    private readonly byte[] _id = new byte[32];
    private readonly byte[] _thresholds = new byte[4];
    private readonly byte[] _sponsor = new byte[32];
    private readonly byte[] _inflation = new byte[32];
    private readonly byte[][] _signerKeys = new byte[SignersMost][];
    private readonly List<AccountSigner> _signers = new(SignersMost);
    private readonly int _extensionMost;
    private readonly int _signersMost;
    private SubEntryCounts _counts;

    public AccountPass(GeneratorContext context)
    {
        _context = context;
        uint protocol = context.Options.Protocol;
        _extensionMost = protocol switch { < 10 => 0, < 14 => 1, < 19 => 2, _ => 3 };
        _signersMost = protocol < 19 ? SignersMost - 1 : SignersMost;
        _builder.AccountId = _id;
        _builder.Thresholds = _thresholds;
        _builder.Signers = _signers;
        for (int signer = 0; signer < SignersMost; signer++)
        {
            _signerKeys[signer] = signer switch
            {
                SignersMost - 3 => SignerKeyXdr.PreAuthorizedTransaction(new byte[32]),
                SignersMost - 2 => SignerKeyXdr.HashX(new byte[32]),
                SignersMost - 1 => SignerKeyXdr.SignedPayload(new byte[32], new byte[29]),
                _ => SignerKeyXdr.Ed25519(new byte[32]),
            };
        }
    }

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        SubEntryPlan plan = new(_context.Options);
        SlotPlan slots = _context.Accounts.Slots;
        for (long slot = 0; slot < slots.Total; slot++)
        {
            bool isDead = slots.IsDead(slot);
            _counts = isDead ? default : plan.Next();
            _context.Accounts.WriteId(slot, _id);
            _context.Emitter.Emit(this, _context.Hash(Domain.Account, slot), isDead);
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        FillSigners(ref entropy);
        _builder.SubEntryCount = (uint)(_counts.Reserves + _signers.Count);
        _builder.Extension = Math.Min(_extensionMost, entropy.Below(8) switch { 0 => 0, 1 => 1, 2 or 3 => 2, _ => 3 });
        _builder.BuyingLiabilities = _counts.Offers > 0 ? entropy.Amount(40) : 0;
        _builder.SellingLiabilities = _counts.Offers > 0 ? entropy.Amount(36) : 0;
        _builder.SponsoringCount = entropy.Chance(50) ? (uint)entropy.Below(20) : 0;
        _builder.SponsoredCount = entropy.Chance(150) ? (uint)entropy.Below(3 + (int)_builder.SubEntryCount) : 0;
        _builder.Balance = ((2 + _builder.SubEntryCount + _builder.SponsoringCount) * ReserveStroops) + _builder.SellingLiabilities
            + entropy.Amount(entropy.Chance(20) ? 56 : 38);
        _builder.SequenceLedger = _builder.LastModifiedLedger;
        _builder.SequenceTime = 1_443_657_600 + (5UL * _builder.LastModifiedLedger);
        _builder.SequenceNumber = ((long)_builder.LastModifiedLedger << 32) + entropy.Below(10_000);
        _builder.Flags = entropy.Chance(20) ? Flags((uint)entropy.Below(16)) : 0;
        _builder.HomeDomain = entropy.Chance(60) ? HomeDomains[entropy.Below(HomeDomains.Length)] : default;
        _builder.InflationDestination = entropy.Chance(40) ? Id(_inflation, ref entropy) : null;
        byte[]? sponsor = entropy.Chance(80) ? Id(_sponsor, ref entropy) : null;
        _builder.Sponsor = _context.Options.Protocol < StellarProtocols.ClaimableBalances ? null : sponsor;
        _thresholds[0] = (byte)(_signers.Count > 0 && entropy.Chance(200) ? 0 : 1);
        for (int threshold = 1; threshold < 4; threshold++) _thresholds[threshold] = (byte)(_signers.Count > 0 ? entropy.Below(4) : 0);
    }

    // Clawback (8, since protocol 17) goes with the right to revoke (2).
    private uint Flags(uint flags) => (flags & 8) == 0 ? flags : _context.Options.Protocol < 17 ? flags & 7 : flags | 2;

    // Signers must increase by key: ed25519 keys by a first byte that grows with their place, then the other arms, which sort after them.
    private void FillSigners(ref Entropy entropy)
    {
        const int KeyOffset = 4;
        _signers.Clear();
        if (!entropy.Chance(60)) return;
        int count = entropy.Chance(30) ? _signersMost : 1 + entropy.Below(3);
        int first = entropy.Chance(200) ? _signersMost - count : entropy.Below(_signersMost - count + 1);
        for (int place = first; place < first + count; place++)
        {
            Span<byte> key = _signerKeys[place].AsSpan(KeyOffset, 32);
            entropy.Fill(key);
            key[0] = (byte)((place * 12) + entropy.Below(12));
            _signers.Add(new AccountSigner(_signerKeys[place], 1 + (uint)entropy.Below(255), entropy.Chance(100) ? _id : null));
        }
    }

    private byte[] Id(byte[] id, ref Entropy entropy)
    {
        _context.Accounts.WriteLiveId(entropy.Below(_context.Accounts.Live), id);
        return id;
    }
}
