using StellarPipeline.Xdr.Entries.Settings;

namespace StellarPipeline.Xdr.Entries;

/// <summary>A checked ledger entry of any type, read in place.</summary>
/// <remarks>
/// Format: <c>LedgerEntry</c> in Stellar-ledger-entries.x. The view refers to the bytes and does not copy them: it is valid as long as they
/// are not overwritten. Nothing is allocated.
/// </remarks>
public readonly ref struct LedgerEntryView
{
    /// <summary>Offset of an entry's body: after lastModifiedLedgerSeq and the type.</summary>
    internal const int BodyOffset = 8;

    private const int TypeOffset = 4;

    private readonly EntryMarks marks;

    private LedgerEntryView(ReadOnlySpan<byte> encoded, LedgerEntryType type, scoped in EntryMarks marks)
    {
        Encoded = encoded;
        Type = type;
        this.marks = marks;
    }

    /// <summary>The encoded entry.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Type of the entry.</summary>
    public LedgerEntryType Type { get; }

    /// <summary>Ledger that wrote this version of the entry.</summary>
    public uint LastModifiedLedgerSeq => Wire.UInt32(Encoded, 0);

    /// <summary>True if the entry has the extension that may name a sponsor.</summary>
    public bool HasExtension => Encoded.Length - marks.End > 4;

    /// <summary>True if an account pays the reserve of this entry for its owner.</summary>
    public bool HasSponsor => Encoded.Length - marks.End == 12 + Wire.AccountIdBytes;

    /// <summary>Ed25519 key of the account that pays the reserve: 32 bytes; empty if there is none.</summary>
    public ReadOnlySpan<byte> SponsoringId => HasSponsor ? Wire.Hash(Encoded, marks.End + 12) : default;

    /// <summary>Checks a complete entry: every field, extension and discriminant, and that nothing follows it.</summary>
    /// <param name="ledgerEntry">The encoded entry.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The entry is malformed, truncated, or followed by further bytes.</exception>
    public static LedgerEntryView Parse(ReadOnlySpan<byte> ledgerEntry)
    {
        LedgerEntryView view = ParseStart(ledgerEntry);
        if (view.Encoded.Length != ledgerEntry.Length)
            XdrThrow.TrailingBytes("LedgerEntry", view.Encoded.Length, ledgerEntry.Length - view.Encoded.Length);
        return view;
    }

    /// <summary>Checks the entry at the start of some bytes, for example in the metadata of a ledger.</summary>
    /// <param name="ledgerEntry">Bytes that start with the encoded entry; anything may follow.</param>
    /// <returns>A view over the bytes of the entry alone.</returns>
    /// <exception cref="XdrFormatException">The entry is malformed or truncated.</exception>
    public static LedgerEntryView ParseStart(ReadOnlySpan<byte> ledgerEntry)
    {
        Wire.Need(ledgerEntry, 0, BodyOffset, "LedgerEntry.data");
        var type = (LedgerEntryType)Wire.Int32(ledgerEntry, TypeOffset);
        EntryMarks marks = default;
        switch (type)
        {
            case LedgerEntryType.Account:
                AccountEntryView.Check(ledgerEntry, ref marks);
                break;
            case LedgerEntryType.Trustline:
                TrustlineEntryView.Check(ledgerEntry, ref marks);
                break;
            default:
                CheckOther(ledgerEntry, type, ref marks);
                break;
        }

        int end = CheckExtension(ledgerEntry, marks.End);
        return new LedgerEntryView(ledgerEntry[..end], type, marks);
    }

    /// <summary>The body of an ACCOUNT entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public AccountEntryView AsAccount()
    {
        EnsureType(LedgerEntryType.Account);
        return new AccountEntryView(Encoded, marks);
    }

    /// <summary>The body of a TRUSTLINE entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public TrustlineEntryView AsTrustline()
    {
        EnsureType(LedgerEntryType.Trustline);
        return new TrustlineEntryView(Encoded, marks);
    }

    /// <summary>The body of an OFFER entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public OfferEntryView AsOffer()
    {
        EnsureType(LedgerEntryType.Offer);
        return new OfferEntryView(Encoded, marks);
    }

    /// <summary>The body of a DATA entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public DataEntryView AsData()
    {
        EnsureType(LedgerEntryType.Data);
        return new DataEntryView(Encoded, marks);
    }

    /// <summary>The body of a CLAIMABLE_BALANCE entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public ClaimableBalanceEntryView AsClaimableBalance()
    {
        EnsureType(LedgerEntryType.ClaimableBalance);
        return new ClaimableBalanceEntryView(Encoded, marks);
    }

    /// <summary>The body of a LIQUIDITY_POOL entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public LiquidityPoolEntryView AsLiquidityPool()
    {
        EnsureType(LedgerEntryType.LiquidityPool);
        return new LiquidityPoolEntryView(Encoded, marks);
    }

    /// <summary>The body of a CONTRACT_DATA entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public ContractDataEntryView AsContractData()
    {
        EnsureType(LedgerEntryType.ContractData);
        return new ContractDataEntryView(Encoded, marks);
    }

    /// <summary>The body of a CONTRACT_CODE entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public ContractCodeEntryView AsContractCode()
    {
        EnsureType(LedgerEntryType.ContractCode);
        return new ContractCodeEntryView(Encoded, marks);
    }

    /// <summary>The body of a CONFIG_SETTING entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public ConfigSettingEntryView AsConfigSetting()
    {
        EnsureType(LedgerEntryType.ConfigSetting);
        return new ConfigSettingEntryView(Encoded[BodyOffset..marks.End]);
    }

    /// <summary>The body of a TTL entry.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The entry is of another type.</exception>
    public TtlEntryView AsTtl()
    {
        EnsureType(LedgerEntryType.Ttl);
        return new TtlEntryView(Encoded);
    }

    private static void CheckOther(ReadOnlySpan<byte> ledgerEntry, LedgerEntryType type, ref EntryMarks marks)
    {
        var reader = new XdrReader(ledgerEntry);
        reader.Skip(BodyOffset, "LedgerEntry.data");
        switch (type)
        {
            case LedgerEntryType.Offer:
                OfferEntryView.Check(ref reader, ref marks);
                break;
            case LedgerEntryType.Data:
                DataEntryView.Check(ref reader, ref marks);
                break;
            case LedgerEntryType.ClaimableBalance:
                ClaimableBalanceEntryView.Check(ref reader, ref marks);
                break;
            case LedgerEntryType.LiquidityPool:
                LiquidityPoolEntryView.Check(ref reader, ref marks);
                break;
            case LedgerEntryType.ContractData:
                ContractDataEntryView.Check(ref reader, ref marks);
                break;
            case LedgerEntryType.ContractCode:
                ContractCodeEntryView.Check(ref reader, ref marks);
                break;
            case LedgerEntryType.ConfigSetting:
                ConfigSettingWalk.Check(ref reader);
                break;
            case LedgerEntryType.Ttl:
                reader.Skip(Wire.HashBytes, "TTLEntry.keyHash");
                reader.Skip(sizeof(uint), "TTLEntry.liveUntilLedgerSeq");
                break;
            default:
                XdrThrow.UnknownDiscriminant("LedgerEntry.data", TypeOffset, (int)type, (int)LedgerEntryType.Ttl);
                break;
        }

        marks.End = reader.Position;
    }

    // union { 0: void; 1: [sponsoringID: optional AccountID, extension point] }. Returns its end, which is the end of the entry.
    private static int CheckExtension(ReadOnlySpan<byte> entry, int offset)
    {
        Wire.Need(entry, offset, 4, "LedgerEntry.ext");
        int end = offset + 4;
        if (Wire.Extension(entry, offset, 1, "LedgerEntry.ext"))
        {
            Wire.Need(entry, end, 8, "LedgerEntryExtensionV1.sponsoringID");
            int sponsorBytes = 4;
            if (Wire.Flag(entry, end, "LedgerEntryExtensionV1.sponsoringID") != 0)
            {
                sponsorBytes += Wire.AccountIdBytes;
                Wire.Need(entry, end + 4, Wire.AccountIdBytes + 4, "LedgerEntryExtensionV1.sponsoringID");
                Wire.NeedZero(entry, end + 4, "PublicKey.type");
            }

            Wire.NeedZero(entry, end + sponsorBytes, "LedgerEntryExtensionV1.ext");
            end += sponsorBytes + 4;
        }

        return end;
    }

    private void EnsureType(LedgerEntryType wanted)
    {
        if (Type != wanted)
            XdrThrow.WrongType("ledger entry", Type.ToString(), wanted.ToString());
    }
}
