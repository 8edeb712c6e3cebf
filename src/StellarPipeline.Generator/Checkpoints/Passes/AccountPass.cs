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

    private readonly GeneratorContext context;
    private readonly AccountBuilder builder = new();
    private readonly byte[] id = new byte[32];
    private readonly byte[] thresholds = new byte[4];
    private readonly byte[] sponsor = new byte[32];
    private readonly byte[] inflation = new byte[32];
    private readonly byte[][] signerKeys = new byte[SignersMost][];
    private readonly List<AccountSigner> signers = new(SignersMost);
    private readonly int extensionMost;
    private readonly int signersMost;
    private SubEntryCounts counts;

    public AccountPass(GeneratorContext context)
    {
        this.context = context;
        uint protocol = context.Options.Protocol;
        extensionMost = protocol switch { < 10 => 0, < 14 => 1, < 19 => 2, _ => 3 };
        signersMost = protocol < 19 ? SignersMost - 1 : SignersMost;
        builder.AccountId = this.id;
        builder.Thresholds = thresholds;
        builder.Signers = signers;
        for (int signer = 0; signer < SignersMost; signer++)
        {
            signerKeys[signer] = signer switch
            {
                SignersMost - 3 => SignerKeyXdr.PreAuthorizedTransaction(new byte[32]),
                SignersMost - 2 => SignerKeyXdr.HashX(new byte[32]),
                SignersMost - 1 => SignerKeyXdr.SignedPayload(new byte[32], new byte[29]),
                _ => SignerKeyXdr.Ed25519(new byte[32]),
            };
        }
    }

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        SubEntryPlan plan = new(this.context.Options);
        SlotPlan slots = this.context.Accounts.Slots;
        for (long slot = 0; slot < slots.Total; slot++)
        {
            bool isDead = slots.IsDead(slot);
            counts = isDead ? default : plan.Next();
            this.context.Accounts.WriteId(slot, this.id);
            this.context.Emitter.Emit(this, this.context.Hash(Domain.Account, slot), isDead);
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        FillSigners(ref entropy);
        builder.SubEntryCount = (uint)(counts.Reserves + signers.Count);
        builder.Extension = Math.Min(extensionMost, entropy.Below(8) switch { 0 => 0, 1 => 1, 2 or 3 => 2, _ => 3 });
        builder.BuyingLiabilities = counts.Offers > 0 ? entropy.Amount(40) : 0;
        builder.SellingLiabilities = counts.Offers > 0 ? entropy.Amount(36) : 0;
        builder.SponsoringCount = entropy.Chance(50) ? (uint)entropy.Below(20) : 0;
        builder.SponsoredCount = entropy.Chance(150) ? (uint)entropy.Below(3 + (int)builder.SubEntryCount) : 0;
        builder.Balance = ((2 + builder.SubEntryCount + builder.SponsoringCount) * ReserveStroops) + builder.SellingLiabilities
            + entropy.Amount(entropy.Chance(20) ? 56 : 38);
        builder.SequenceLedger = builder.LastModifiedLedger;
        builder.SequenceTime = 1_443_657_600 + (5UL * builder.LastModifiedLedger);
        builder.SequenceNumber = ((long)builder.LastModifiedLedger << 32) + entropy.Below(10_000);
        builder.Flags = entropy.Chance(20) ? Flags((uint)entropy.Below(16)) : 0;
        builder.HomeDomain = entropy.Chance(60) ? HomeDomains[entropy.Below(HomeDomains.Length)] : default;
        builder.InflationDestination = entropy.Chance(40) ? Id(inflation, ref entropy) : null;
        byte[]? sponsor = entropy.Chance(80) ? Id(this.sponsor, ref entropy) : null;
        builder.Sponsor = this.context.Options.Protocol < StellarProtocols.ClaimableBalances ? null : sponsor;
        thresholds[0] = (byte)(signers.Count > 0 && entropy.Chance(200) ? 0 : 1);
        for (int threshold = 1; threshold < 4; threshold++) thresholds[threshold] = (byte)(signers.Count > 0 ? entropy.Below(4) : 0);
    }

    // Clawback (8, since protocol 17) requires the revocable flag (2).
    private uint Flags(uint flags) => (flags & 8) == 0 ? flags : this.context.Options.Protocol < 17 ? flags & 7 : flags | 2;

    // Signers must increase by key: the first byte of ed25519 keys grows with their index; the other arms sort after them.
    private void FillSigners(ref Entropy entropy)
    {
        const int KeyOffset = 4;
        signers.Clear();
        if (!entropy.Chance(60)) return;
        int count = entropy.Chance(30) ? signersMost : 1 + entropy.Below(3);
        int first = entropy.Chance(200) ? signersMost - count : entropy.Below(signersMost - count + 1);
        for (int place = first; place < first + count; place++)
        {
            Span<byte> key = signerKeys[place].AsSpan(KeyOffset, 32);
            entropy.Fill(key);
            key[0] = (byte)((place * 12) + entropy.Below(12));
            signers.Add(new AccountSigner(signerKeys[place], 1 + (uint)entropy.Below(255), entropy.Chance(100) ? this.id : null));
        }
    }

    private byte[] Id(byte[] id, ref Entropy entropy)
    {
        this.context.Accounts.WriteLiveId(entropy.Below(this.context.Accounts.Live), id);
        return id;
    }
}
