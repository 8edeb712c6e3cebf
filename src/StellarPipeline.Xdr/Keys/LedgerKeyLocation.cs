using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Keys;

/// <summary>Location of a ledger entry's key: its type, and the position of its key body.</summary>
/// <remarks>
/// The key body is the encoded LedgerKey without its leading 4-byte type. It is contiguous in a LedgerEntry as well as in a LedgerKey, with
/// the same bytes, so bodies from either can be compared with <see cref="LedgerKeyOrder"/>. Formats: LedgerEntry and LedgerKey in
/// Stellar-ledger-entries.x.
/// </remarks>
public readonly struct LedgerKeyLocation : IEquatable<LedgerKeyLocation>
{
    private const int EntryTypeOffset = 4;
    private const int EntryBodyOffset = LedgerEntryView.BodyOffset;
    private const int KeyBodyOffset = 4;
    private const int ContractCodeCostInputsBytes = 48;

    private LedgerKeyLocation(LedgerEntryType type, int offset, int length)
    {
        Type = type;
        Offset = offset;
        Length = length;
    }

    /// <summary>Type of the entry.</summary>
    public LedgerEntryType Type { get; }

    /// <summary>Offset of the key body from the start of the entry or key: bytes.</summary>
    public int Offset { get; }

    /// <summary>Length of the key body: bytes.</summary>
    public int Length { get; }

    /// <summary>Finds the key of an entry. Checks the key, not the rest of the entry.</summary>
    /// <param name="ledgerEntry">An encoded LedgerEntry.</param>
    /// <returns>Location of the key in <paramref name="ledgerEntry"/>.</returns>
    /// <exception cref="XdrFormatException">The entry ends inside its key, or the key is malformed.</exception>
    public static LedgerKeyLocation OfEntry(ReadOnlySpan<byte> ledgerEntry)
    {
        LedgerEntryType type = ReadType(ledgerEntry, EntryTypeOffset, "LedgerEntry.data");
        switch (type)
        {
            case LedgerEntryType.ContractData:
                {
                    CheckDiscriminant(ledgerEntry, EntryBodyOffset, 0, "ContractDataEntry.ext");
                    const int offset = EntryBodyOffset + 4;
                    return new LedgerKeyLocation(type, offset, MeasureContractDataKey(ledgerEntry, offset));
                }

            case LedgerEntryType.ContractCode:
                {
                    int offset = EntryBodyOffset + 4;
                    int version = ReadInt32(ledgerEntry, EntryBodyOffset, "ContractCodeEntry.ext");
                    if (version == 1)
                        offset += ContractCodeCostInputsBytes;
                    else if (version != 0)
                        XdrThrow.UnknownExtension("ContractCodeEntry.ext", EntryBodyOffset, version, 1);
                    CheckLength(ledgerEntry, offset, Wire.HashBytes, "ContractCodeEntry.hash");
                    return new LedgerKeyLocation(type, offset, Wire.HashBytes);
                }

            default:
                return new LedgerKeyLocation(type, EntryBodyOffset, MeasureKeyBody(ledgerEntry, type, EntryBodyOffset));
        }
    }

    /// <summary>Finds the key body in a LedgerKey, and checks the complete key: nothing may follow it.</summary>
    /// <param name="ledgerKey">An encoded LedgerKey.</param>
    /// <returns>Location of the key body: everything after the first 4 bytes.</returns>
    /// <exception cref="XdrFormatException">The key is malformed, truncated, or followed by further bytes.</exception>
    public static LedgerKeyLocation OfKey(ReadOnlySpan<byte> ledgerKey)
    {
        LedgerEntryType type = ReadType(ledgerKey, 0, "LedgerKey.type");
        int length = MeasureKeyBody(ledgerKey, type, KeyBodyOffset);
        if (KeyBodyOffset + length != ledgerKey.Length)
            XdrThrow.TrailingBytes("LedgerKey", KeyBodyOffset + length, ledgerKey.Length - KeyBodyOffset - length);
        return new LedgerKeyLocation(type, KeyBodyOffset, length);
    }

    /// <summary>
    /// Finds the key body of the LedgerKey at the start of some bytes, for example in the metadata of a ledger, and checks the key.
    /// </summary>
    /// <param name="ledgerKey">Bytes that start with an encoded LedgerKey; anything may follow.</param>
    /// <returns>Location of the key body. The key ends with it.</returns>
    /// <exception cref="XdrFormatException">The key is malformed or truncated.</exception>
    public static LedgerKeyLocation OfKeyStart(ReadOnlySpan<byte> ledgerKey)
    {
        LedgerEntryType type = ReadType(ledgerKey, 0, "LedgerKey.type");
        return new LedgerKeyLocation(type, KeyBodyOffset, MeasureKeyBody(ledgerKey, type, KeyBodyOffset));
    }

    /// <summary>The key body.</summary>
    /// <param name="source">The entry or key of this location.</param>
    /// <returns>A slice of <paramref name="source"/>.</returns>
    public ReadOnlySpan<byte> Body(ReadOnlySpan<byte> source) => source.Slice(Offset, Length);

    /// <inheritdoc/>
    public bool Equals(LedgerKeyLocation other) => Type == other.Type && Offset == other.Offset && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LedgerKeyLocation other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Offset, Length);

    /// <summary>True if both have the same type and position.</summary>
    /// <param name="left">One location.</param>
    /// <param name="right">The other.</param>
    /// <returns>Equality of all three properties.</returns>
    public static bool operator ==(LedgerKeyLocation left, LedgerKeyLocation right) => left.Equals(right);

    /// <summary>True if the two differ.</summary>
    /// <param name="left">One location.</param>
    /// <param name="right">The other.</param>
    /// <returns>The opposite of equality.</returns>
    public static bool operator !=(LedgerKeyLocation left, LedgerKeyLocation right) => !left.Equals(right);

    // Checks the key body at `offset` and returns its length. For every type except CONTRACT_DATA this is a length check and one or two
    // discriminants.
    private static int MeasureKeyBody(ReadOnlySpan<byte> source, LedgerEntryType type, int offset)
    {
        switch (type)
        {
            case LedgerEntryType.Account:
                CheckLength(source, offset, Wire.AccountIdBytes, "LedgerKey.accountID");
                CheckDiscriminant(source, offset, 0, "PublicKey.type");
                return Wire.AccountIdBytes;

            case LedgerEntryType.Trustline:
                CheckLength(source, offset, Wire.AccountIdBytes + 4, "LedgerKey.trustLine");
                CheckDiscriminant(source, offset, 0, "PublicKey.type");
                return Wire.AccountIdBytes + MeasureTrustlineAsset(source, offset + Wire.AccountIdBytes);

            case LedgerEntryType.Offer:
                CheckLength(source, offset, Wire.AccountIdBytes + sizeof(long), "LedgerKey.offer");
                CheckDiscriminant(source, offset, 0, "PublicKey.type");
                return Wire.AccountIdBytes + sizeof(long);

            case LedgerEntryType.Data:
                CheckLength(source, offset, Wire.AccountIdBytes + 4, "LedgerKey.data");
                CheckDiscriminant(source, offset, 0, "PublicKey.type");
                return Wire.AccountIdBytes + MeasureDataName(source, offset + Wire.AccountIdBytes);

            case LedgerEntryType.ClaimableBalance:
                CheckLength(source, offset, 4 + Wire.HashBytes, "LedgerKey.balanceID");
                CheckDiscriminant(source, offset, 0, "ClaimableBalanceID.type");
                return 4 + Wire.HashBytes;

            case LedgerEntryType.LiquidityPool:
            case LedgerEntryType.ContractCode:
            case LedgerEntryType.Ttl:
                CheckLength(source, offset, Wire.HashBytes, "LedgerKey.hash");
                return Wire.HashBytes;

            case LedgerEntryType.ConfigSetting:
                CheckDiscriminant(source, offset, XdrLimits.ConfigSettingIdLast, "LedgerKey.configSettingID");
                return 4;

            default:
                return MeasureContractDataKey(source, offset);
        }
    }

    private static int MeasureTrustlineAsset(ReadOnlySpan<byte> source, int offset)
    {
        int type = CheckDiscriminant(source, offset, 3, "TrustLineAsset.type");
        switch (type)
        {
            case 0:
                return 4;
            case 3:
                CheckLength(source, offset, 4 + Wire.HashBytes, "TrustLineAsset.liquidityPoolID");
                return 4 + Wire.HashBytes;
            default:
                int codeBytes = type == 1 ? 4 : 12;
                CheckLength(source, offset, 4 + codeBytes + Wire.AccountIdBytes, "TrustLineAsset.issuer");
                CheckDiscriminant(source, offset + 4 + codeBytes, 0, "PublicKey.type");
                return 4 + codeBytes + Wire.AccountIdBytes;
        }
    }

    private static int MeasureDataName(ReadOnlySpan<byte> source, int offset)
    {
        // A reader over the whole source, so that exceptions give the offset in it.
        var reader = new XdrReader(source);
        reader.Skip(offset, "LedgerKey.data");
        reader.ReadString(XdrLimits.DataNameBytes, "LedgerKey.dataName");
        return reader.Position - offset;
    }

    private static int MeasureContractDataKey(ReadOnlySpan<byte> source, int offset)
    {
        var reader = new XdrReader(source);
        reader.Skip(offset, "LedgerKey.contractData");
        ScValWalk.ReadAddress(ref reader, isKey: true);
        ScValWalk.ReadValue(ref reader, depth: 1, isKey: true);
        reader.ReadDiscriminant(1, "LedgerKey.durability");
        return reader.Position - offset;
    }

    private static LedgerEntryType ReadType(ReadOnlySpan<byte> source, int offset, string field) =>
        (LedgerEntryType)CheckDiscriminant(source, offset, (int)LedgerEntryType.Ttl, field);

    private static int CheckDiscriminant(ReadOnlySpan<byte> source, int offset, int last, string field)
    {
        int value = ReadInt32(source, offset, field);
        if ((uint)value > (uint)last)
            XdrThrow.UnknownDiscriminant(field, offset, value, last);
        return value;
    }

    private static int ReadInt32(ReadOnlySpan<byte> source, int offset, string field)
    {
        CheckLength(source, offset, sizeof(int), field);
        return Wire.Int32(source, offset);
    }

    private static void CheckLength(ReadOnlySpan<byte> source, int offset, int length, string field)
    {
        // An entry may be shorter than `offset` itself; the exception then gives its end.
        if (source.Length < offset + length)
            XdrThrow.Truncated(field, Math.Min(offset, source.Length), length, Math.Max(source.Length - offset, 0));
    }
}
