using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>A LedgerKey of any type with its wire form and its sort key (specification, section 3.5).</summary>
internal sealed record TestKey(LedgerEntryType Type)
{
    public byte[] Account { get; init; } = new byte[32];

    /// <summary>Type of a trustline's asset.</summary>
    public int AssetType { get; init; }

    /// <summary>
    /// Code and issuer of an asset, a pool id, a hash, the bytes of an offer id or of a config setting id, or a data name.
    /// </summary>
    public byte[] Payload { get; init; } = [];

    public TestAddress? Contract { get; init; }

    public TestValue? Value { get; init; }

    public int Durability { get; init; }

    public static TestKey OfContract(TestAddress contract, TestValue value, int durability = 1) =>
        new(LedgerEntryType.ContractData) { Contract = contract, Value = value, Durability = durability };

    public byte[] Encode()
    {
        XdrBuilder xdr = new XdrBuilder().Int32((int)Type);
        switch (Type)
        {
            case LedgerEntryType.Account:
                xdr.Int32(0).Raw(Account);
                break;
            case LedgerEntryType.Trustline:
                xdr.Int32(0).Raw(Account).Int32(AssetType);
                int codeBytes = AssetType switch { 1 => 4, 2 => 12, _ => 0 };
                if (codeBytes == 0)
                    xdr.Raw(Payload);
                else
                    xdr.Raw(Payload.AsSpan(0, codeBytes)).Int32(0).Raw(Payload.AsSpan(codeBytes));
                break;
            case LedgerEntryType.Offer:
                xdr.Int32(0).Raw(Account).Raw(Payload);
                break;
            case LedgerEntryType.Data:
                xdr.Int32(0).Raw(Account).Opaque(Payload);
                break;
            case LedgerEntryType.ClaimableBalance:
                xdr.Int32(0).Raw(Payload);
                break;
            case LedgerEntryType.ContractData:
                Contract!.Encode(xdr);
                Value!.Encode(xdr);
                xdr.Int32(Durability);
                break;
            default:
                xdr.Raw(Payload);
                break;
        }

        return xdr.ToArray();
    }

    public byte[] SortKey()
    {
        List<byte> key = [(byte)Type];
        switch (Type)
        {
            case LedgerEntryType.Account:
                key.AddRange(Account);
                break;
            case LedgerEntryType.Trustline:
                key.AddRange(Account);
                key.Add((byte)AssetType);
                key.AddRange(Payload);
                break;
            case LedgerEntryType.Offer:
                key.AddRange(Account);
                key.Add((byte)(Payload[0] ^ 0x80));
                key.AddRange(Payload[1..]);
                break;
            case LedgerEntryType.Data:
                key.AddRange(Account);
                key.AddRange(Payload);
                break;
            case LedgerEntryType.ClaimableBalance:
                key.Add(0);
                key.AddRange(Payload);
                break;
            case LedgerEntryType.ContractData:
                Contract!.EncodeSortKey(key);
                Value!.EncodeSortKey(key);
                key.Add((byte)Durability);
                break;
            default:
                key.AddRange(Payload);
                break;
        }

        return key.ToArray();
    }
}
