namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of an ACCOUNT entry. Fields of absent extensions read as 0 or empty.</summary>
/// <remarks>
/// Format: <c>AccountEntry</c> in Stellar-ledger-entries.x. Amounts are in stroops: 10,000,000 are one unit of the native asset.
/// </remarks>
public readonly ref struct AccountEntryView
{
    // Offsets in the entry: the fixed block before the inflation destination.
    private const int AccountIdOffset = LedgerEntryView.BodyOffset + 4;
    private const int BalanceOffset = LedgerEntryView.BodyOffset + Wire.AccountIdBytes;
    private const int InflationFlagOffset = BalanceOffset + 20;
    private const int FixedEnd = InflationFlagOffset + 4;

    private readonly ReadOnlySpan<byte> entry;

    // First: flags. Second: thresholds. Third: extension. Fourth: extension V3, if present.
    private readonly EntryMarks marks;

    internal AccountEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>The account's Ed25519 key: 32 bytes.</summary>
    public ReadOnlySpan<byte> AccountId => Wire.Hash(entry, AccountIdOffset);

    /// <summary>Native balance: stroops.</summary>
    public long Balance => Wire.Int64(entry, BalanceOffset);

    /// <summary>Sequence number of the account's last transaction.</summary>
    public long SequenceNumber => Wire.Int64(entry, BalanceOffset + 8);

    /// <summary>
    /// Number of trustlines, offers, signers and data entries that count towards the reserve. A pool-share trustline counts twice.
    /// </summary>
    public uint SubEntryCount => Wire.UInt32(entry, BalanceOffset + 16);

    /// <summary>Ed25519 key of the account voted for in inflation: 32 bytes; empty if there is none.</summary>
    public ReadOnlySpan<byte> InflationDestination => marks.First == FixedEnd ? default : Wire.Hash(entry, FixedEnd + 4);

    /// <summary>Bit 1: authorization required, 2: revocable, 4: immutable, 8: clawback enabled.</summary>
    public uint Flags => Wire.UInt32(entry, marks.First);

    /// <summary>The home domain: at most 32 bytes, printable ASCII as validators require; empty if none is set.</summary>
    public ReadOnlySpan<byte> HomeDomain => Wire.Opaque(entry, marks.First + 4);

    /// <summary>Weight of the master key and the low, medium and high thresholds: 4 bytes.</summary>
    public ReadOnlySpan<byte> Thresholds => entry.Slice(marks.Second, 4);

    /// <summary>Number of additional signers, 0 to 20.</summary>
    public int SignerCount => Wire.Int32(entry, marks.Second + 4);

    /// <summary>The additional signers.</summary>
    public AccountSigners Signers => new(entry[(marks.Second + 8)..marks.Third], SignerCount);

    /// <summary>The last extension present: 0 none, 1 liabilities, 2 sponsorship, 3 sequence times.</summary>
    public int ExtensionLevel => marks.ExtensionLevel;

    /// <summary>Native asset that open buy offers may receive: stroops.</summary>
    public long BuyingLiabilities => marks.ExtensionLevel >= 1 ? Wire.Int64(entry, marks.Third + 4) : 0;

    /// <summary>Native asset that open sell offers may spend: stroops.</summary>
    public long SellingLiabilities => marks.ExtensionLevel >= 1 ? Wire.Int64(entry, marks.Third + 12) : 0;

    /// <summary>Number of reserves of this account that others pay.</summary>
    public uint NumSponsored => marks.ExtensionLevel >= 2 ? Wire.UInt32(entry, marks.Third + 24) : 0;

    /// <summary>Number of reserves of others that this account pays.</summary>
    public uint NumSponsoring => marks.ExtensionLevel >= 2 ? Wire.UInt32(entry, marks.Third + 28) : 0;

    /// <summary>The sponsor of each signer, in the order of <see cref="Signers"/>; none if the extension is absent.</summary>
    public SignerSponsors SignerSponsoringIds =>
        marks.ExtensionLevel >= 2 ? new SignerSponsors(entry[(marks.Third + 36)..], Wire.Int32(entry, marks.Third + 32)) : default;

    /// <summary>Ledger in which the sequence number was last used; 0 if not recorded.</summary>
    public uint SequenceLedger => marks.ExtensionLevel >= 3 ? Wire.UInt32(entry, marks.Fourth + 4) : 0;

    /// <summary>Close time of the ledger in which the sequence number was last used: Unix seconds; 0 if not recorded.</summary>
    public ulong SequenceTime => marks.ExtensionLevel >= 3 ? Wire.UInt64(entry, marks.Fourth + 8) : 0;

    // Straight-line code: one length check per block of fixed layout. Accounts are a large part of all entries.
    internal static void Check(ReadOnlySpan<byte> entry, ref EntryMarks marks)
    {
        Wire.Need(entry, LedgerEntryView.BodyOffset, FixedEnd - LedgerEntryView.BodyOffset, "AccountEntry.accountID");
        Wire.NeedZero(entry, LedgerEntryView.BodyOffset, "PublicKey.type");

        int flags = FixedEnd;
        if (Wire.Flag(entry, InflationFlagOffset, "AccountEntry.inflationDest") != 0)
        {
            flags += Wire.AccountIdBytes;
            Wire.Need(entry, FixedEnd, Wire.AccountIdBytes, "AccountEntry.inflationDest");
            Wire.NeedZero(entry, FixedEnd, "PublicKey.type");
        }

        Wire.Need(entry, flags, 8, "AccountEntry.flags");
        int thresholds = flags + 8;
        uint domainBytes = Wire.UInt32(entry, flags + 4);
        if (domainBytes != 0)
            thresholds = CheckHomeDomain(entry, flags + 4);

        Wire.Need(entry, thresholds, 12, "AccountEntry.thresholds");
        uint signers = Wire.UInt32(entry, thresholds + 4);
        int extension = signers == 0 ? thresholds + 8 : CheckSigners(entry, thresholds + 4);

        marks.First = flags;
        marks.Second = thresholds;
        marks.Third = extension;
        CheckExtensions(entry, extension, ref marks);
    }

    private static int CheckHomeDomain(ReadOnlySpan<byte> entry, int offset)
    {
        uint length = Wire.UInt32(entry, offset);
        if (length > XdrLimits.HomeDomainBytes)
            XdrThrow.TooLong("AccountEntry.homeDomain", offset, length, XdrLimits.HomeDomainBytes);
        int start = offset + 4;
        int padded = Wire.Padded((int)length);
        Wire.Need(entry, start, padded, "AccountEntry.homeDomain");
        if (entry[(start + (int)length)..(start + padded)].ContainsAnyExcept((byte)0))
            XdrThrow.Padding("AccountEntry.homeDomain", start + (int)length);
        return start + padded;
    }

    private static int CheckSigners(ReadOnlySpan<byte> entry, int offset)
    {
        var reader = new XdrReader(entry);
        reader.Skip(offset, "AccountEntry.signers");
        int count = reader.ReadCount(XdrLimits.MinSignerBytes, XdrLimits.Signers, "AccountEntry.signers");
        for (int index = 0; index < count; index++)
        {
            int type = reader.ReadDiscriminant((int)SignerKeyType.SignedPayload, "SignerKey.type");
            reader.Skip(Wire.HashBytes, "SignerKey.key");
            if (type == (int)SignerKeyType.SignedPayload)
                reader.ReadVariableOpaque(XdrLimits.SignedPayloadBytes, "SignerKey.payload");
            reader.Skip(sizeof(uint), "Signer.weight");
        }

        // The next field starts with the discriminant of the extension.
        Wire.Need(entry, reader.Position, 4, "AccountEntry.ext");
        return reader.Position;
    }

    private static void CheckExtensions(ReadOnlySpan<byte> entry, int offset, ref EntryMarks marks)
    {
        marks.End = offset + 4;
        if (!Wire.Extension(entry, offset, 1, "AccountEntry.ext"))
            return;

        Wire.Need(entry, offset + 4, 20, "AccountEntryExtensionV1.liabilities");
        marks.ExtensionLevel = 1;
        marks.End = offset + 24;
        if (!Wire.Extension(entry, offset + 20, 2, "AccountEntryExtensionV1.ext"))
            return;

        Wire.Need(entry, offset + 24, 16, "AccountEntryExtensionV2.signerSponsoringIDs");
        marks.ExtensionLevel = 2;
        int third = offset + 36;
        if (Wire.UInt32(entry, offset + 32) != 0)
            third = CheckSponsors(entry, offset + 32);
        marks.End = third + 4;
        if (!Wire.Extension(entry, third, 3, "AccountEntryExtensionV2.ext"))
            return;

        Wire.Need(entry, third + 4, 16, "AccountEntryExtensionV3.seqLedger");
        Wire.NeedZero(entry, third + 4, "AccountEntryExtensionV3.ext");
        marks.ExtensionLevel = 3;
        marks.Fourth = third + 4;
        marks.End = third + 20;
    }

    private static int CheckSponsors(ReadOnlySpan<byte> entry, int offset)
    {
        var reader = new XdrReader(entry);
        reader.Skip(offset, "AccountEntryExtensionV2.signerSponsoringIDs");
        int count = reader.ReadCount(XdrLimits.MinSponsorBytes, XdrLimits.Signers, "AccountEntryExtensionV2.signerSponsoringIDs");
        for (int index = 0; index < count; index++)
        {
            if (reader.ReadOptionalFlag("AccountEntryExtensionV2.signerSponsoringIDs"))
                LedgerWalk.ReadAccountId(ref reader);
        }

        Wire.Need(entry, reader.Position, 4, "AccountEntryExtensionV2.ext");
        return reader.Position;
    }
}
