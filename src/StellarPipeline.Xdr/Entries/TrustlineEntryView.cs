using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a TRUSTLINE entry. Fields of absent extensions read as 0.</summary>
/// <remarks>Format: <c>TrustLineEntry</c> in Stellar-ledger-entries.x. Amounts have 7 implied decimals.</remarks>
public readonly ref struct TrustlineEntryView
{
    private const int AssetOffset = LedgerEntryView.BodyOffset + Wire.AccountIdBytes;

    private readonly ReadOnlySpan<byte> entry;

    // First: balance.
    private readonly EntryMarks marks;

    internal TrustlineEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>Ed25519 key of the account that holds the asset: 32 bytes.</summary>
    public ReadOnlySpan<byte> AccountId => Wire.Hash(entry, LedgerEntryView.BodyOffset + 4);

    /// <summary>The asset or pool shares held.</summary>
    public TrustlineAssetView Asset => new(entry[AssetOffset..marks.First]);

    /// <summary>Amount held.</summary>
    public long Balance => Wire.Int64(entry, marks.First);

    /// <summary>Largest balance that the account accepts.</summary>
    public long Limit => Wire.Int64(entry, marks.First + 8);

    /// <summary>Bit 1: authorized, 2: authorized to maintain liabilities, 4: clawback enabled.</summary>
    public uint Flags => Wire.UInt32(entry, marks.First + 16);

    /// <summary>The last extension present: 0 none, 1 liabilities, 2 pool use count.</summary>
    public int ExtensionLevel => marks.ExtensionLevel;

    /// <summary>Amount that open offers may receive.</summary>
    public long BuyingLiabilities => marks.ExtensionLevel >= 1 ? Wire.Int64(entry, marks.First + 24) : 0;

    /// <summary>Amount that open offers may spend.</summary>
    public long SellingLiabilities => marks.ExtensionLevel >= 1 ? Wire.Int64(entry, marks.First + 32) : 0;

    /// <summary>Number of pool-share trustlines of the account that use this asset.</summary>
    public int LiquidityPoolUseCount => marks.ExtensionLevel >= 2 ? Wire.Int32(entry, marks.First + 44) : 0;

    // Straight-line code: one length check per block of fixed layout. Most entries are trustlines.
    internal static void Check(ReadOnlySpan<byte> entry, ref EntryMarks marks)
    {
        Wire.Need(entry, LedgerEntryView.BodyOffset, Wire.AccountIdBytes + 4, "TrustLineEntry.accountID");
        Wire.NeedZero(entry, LedgerEntryView.BodyOffset, "PublicKey.type");

        int type = Wire.Int32(entry, AssetOffset);
        int balance = AssetOffset;
        switch ((AssetType)type)
        {
            case AssetType.CreditAlphanum4:
                balance += 44;
                break;
            case AssetType.CreditAlphanum12:
                balance += 52;
                break;
            case AssetType.PoolShare:
                balance += 36;
                break;
            case AssetType.Native:
                balance += 4;
                break;
            default:
                XdrThrow.UnknownDiscriminant("TrustLineAsset.type", AssetOffset, type, (int)AssetType.PoolShare);
                break;
        }

        // The rest of the asset, balance, limit, flags and the discriminant of the extension.
        Wire.Need(entry, AssetOffset + 4, balance - AssetOffset + 20, "TrustLineEntry.balance");
        if (type is (int)AssetType.CreditAlphanum4 or (int)AssetType.CreditAlphanum12)
            Wire.NeedZero(entry, balance - Wire.AccountIdBytes, "PublicKey.type");

        marks.First = balance;
        marks.End = balance + 24;
        if (!Wire.Extension(entry, balance + 20, 1, "TrustLineEntry.ext"))
            return;

        Wire.Need(entry, balance + 24, 20, "TrustLineEntryV1.liabilities");
        marks.ExtensionLevel = 1;
        marks.End = balance + 44;
        if (!Wire.Extension(entry, balance + 40, 2, "TrustLineEntryV1.ext"))
            return;

        Wire.Need(entry, balance + 44, 8, "TrustLineEntryExtensionV2.liquidityPoolUseCount");
        Wire.NeedZero(entry, balance + 48, "TrustLineEntryExtensionV2.ext");
        marks.ExtensionLevel = 2;
        marks.End = balance + 52;
    }
}
