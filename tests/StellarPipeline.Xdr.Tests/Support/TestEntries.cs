using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>Encoded ledger entries made field by field.</summary>
internal static class TestEntries
{
    private static readonly byte[] NoExtension = new byte[4];

    /// <summary>An entry without an extension around a body.</summary>
    public static byte[] Entry(LedgerEntryType type, XdrBuilder body, byte[]? extension = null) =>
        new XdrBuilder().UInt32(1234).Int32((int)type).Raw(body.ToArray()).Raw(extension ?? NoExtension).ToArray();

    public static XdrBuilder AccountHead(byte[]? homeDomain = null) => new XdrBuilder()
        .Account(1).Int64(2).Int64(3).UInt32(4).Int32(0).UInt32(5).Opaque(homeDomain ?? []).Raw([1, 2, 3, 4]);

    /// <summary>
    /// An account without signers and extensions: offsets 8 id, 44 balance, 64 inflation flag, 68 flags, 72 domain, 76 thresholds, 80
    /// signers, 84 extension, 88 end.
    /// </summary>
    public static byte[] Account() => Entry(LedgerEntryType.Account, AccountHead().Int32(0).Int32(0));

    /// <summary>
    /// An account with all extensions: 84 V1, 104 V2, 108 counts, 116 sponsors, 120 V3, 124 reserved, 128 times, 140 end.
    /// </summary>
    public static byte[] AccountWithExtensions() => Entry(LedgerEntryType.Account,
        AccountHead().Int32(0).Int32(1).Int64(6).Int64(7).Int32(2).UInt32(8).UInt32(9).Int32(0).Int32(3).Int32(0).UInt32(10).UInt64(11));

    public static byte[] AccountWithSigners(int count)
    {
        XdrBuilder body = AccountHead().Int32(count);
        for (int index = 0; index < count; index++)
            body.Int32(index % 3).Hash((byte)index).UInt32(1);
        return Entry(LedgerEntryType.Account, body.Int32(0));
    }

    public static byte[] AccountWithPayloadSigner(int payloadBytes) => Entry(LedgerEntryType.Account,
        AccountHead().Int32(1).Int32(3).Hash(7).Opaque(Enumerable.Repeat((byte)9, payloadBytes).ToArray()).UInt32(255).Int32(0));

    public static byte[] AccountWithSponsors(int count)
    {
        XdrBuilder body = AccountHead().Int32(0).Int32(1).Int64(6).Int64(7).Int32(2).UInt32(8).UInt32(9).Int32(count);
        for (int index = 0; index < count; index++)
            body.Int32(0);
        return Entry(LedgerEntryType.Account, body.Int32(0));
    }

    /// <summary>
    /// A trustline with all extensions: 8 id, 44 asset type, 48 code, 52 issuer, 88 balance, 108 V1, 128 V2, 132 use count, 136 reserved,
    /// 140 end.
    /// </summary>
    public static byte[] Trustline() => Entry(LedgerEntryType.Trustline,
        new XdrBuilder().Account(1).Int32(1).Raw("USD\0"u8).Account(2).Int64(3).Int64(4).UInt32(5).Int32(1).Int64(6).Int64(7).Int32(2)
            .Int32(8).Int32(0));

    public static byte[] ContractData(TestValue key, TestValue value, TestAddress? contract = null, int durability = 1)
    {
        XdrBuilder body = new XdrBuilder().Int32(0);
        (contract ?? TestAddress.Contract(1)).Encode(body);
        key.Encode(body);
        body.Int32(durability);
        value.Encode(body);
        return Entry(LedgerEntryType.ContractData, body);
    }

    public static byte[] ClaimableBalance(int claimants, XdrBuilder predicate)
    {
        XdrBuilder body = new XdrBuilder().Int32(0).Hash(1).Int32(claimants);
        for (int index = 0; index < claimants; index++)
            body.Int32(0).Account((byte)index).Raw(predicate.ToArray());
        return Entry(LedgerEntryType.ClaimableBalance, body.Int32(0).Int64(5).Int32(0));
    }

    /// <summary>A copy with the bytes at an offset replaced.</summary>
    public static byte[] With(this byte[] bytes, int offset, string hex)
    {
        byte[] copy = (byte[])bytes.Clone();
        Convert.FromHexString(hex).CopyTo(copy, offset);
        return copy;
    }

    /// <summary>A list in a list in a list: this many levels, a void value innermost.</summary>
    public static TestValue Nested(int levels)
    {
        TestValue value = new(1);
        for (int level = 1; level < levels; level++)
        {
            value = (level % 3) switch
            {
                0 => TestValue.Vec(value),
                1 => TestValue.Map(new TestValue(1), value),
                _ => new TestValue(19) { SubType = 1, Elements = [value, new TestValue(1)] },
            };
        }

        return value;
    }
}
