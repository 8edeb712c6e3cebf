using System.Buffers.Binary;
using System.Text;

namespace StellarPipeline.Benchmarks.Naive;

/// <summary>
/// Reads accounts and trustlines into objects, field by field, like generated decoders: the baseline for the product's views.
/// </summary>
/// <remarks>Format: Stellar-ledger-entries.x. It makes fewer checks than the product; more checks would only make it slower.</remarks>
internal sealed class ObjectReader(byte[] source)
{
    private int position;

    public LedgerEntryObject ReadLedgerEntry()
    {
        uint ledger = UInt32();
        int type = Int32();
        object body = type switch
        {
            0 => Account(),
            1 => Trustline(),
            _ => throw new NotSupportedException($"The baseline decodes only accounts and trustlines, not entries of type {type}."),
        };
        byte[]? sponsor = null;
        if (Int32() == 1)
        {
            sponsor = Optional(AccountId);
            Int32();
        }

        return new LedgerEntryObject(ledger, body, sponsor);
    }

    private AccountObject Account()
    {
        byte[] accountId = AccountId();
        long balance = Int64();
        long sequence = Int64();
        uint subEntries = UInt32();
        byte[]? inflation = Optional(AccountId);
        uint flags = UInt32();
        string domain = Encoding.ASCII.GetString(Variable());
        byte[] thresholds = Bytes(4);
        List<SignerObject> signers = Array(Signer);
        LiabilitiesObject? liabilities = null;
        uint sponsored = 0;
        uint sponsoring = 0;
        List<byte[]?>? sponsors = null;
        if (Int32() == 1)
        {
            liabilities = new LiabilitiesObject(Int64(), Int64());
            if (Int32() == 2)
            {
                sponsored = UInt32();
                sponsoring = UInt32();
                sponsors = Array(() => Optional(AccountId));
                if (Int32() == 3)
                {
                    Int32();
                    UInt32();
                    Int64();
                }
            }
        }

        return new AccountObject
        {
            AccountId = accountId, Balance = balance, SequenceNumber = sequence, SubEntryCount = subEntries,
            InflationDestination = inflation, Flags = flags, HomeDomain = domain,
            Thresholds = thresholds, Signers = signers, Liabilities = liabilities, NumSponsored = sponsored, NumSponsoring = sponsoring,
            SignerSponsors = sponsors,
        };
    }

    private TrustlineObject Trustline()
    {
        byte[] accountId = AccountId();
        int assetType = Int32();
        string code = Encoding.ASCII.GetString(Bytes(assetType == 1 ? 4 : 12)).TrimEnd('\0');
        byte[] issuer = AccountId();
        long balance = Int64();
        long limit = Int64();
        uint flags = UInt32();
        LiabilitiesObject? liabilities = null;
        if (Int32() == 1)
        {
            liabilities = new LiabilitiesObject(Int64(), Int64());
            if (Int32() == 2)
            {
                Int32();
                Int32();
            }
        }

        return new TrustlineObject(accountId, code, issuer, balance, limit, flags, liabilities);
    }

    private SignerObject Signer()
    {
        const int SignedPayload = 3;
        int type = Int32();
        byte[] key = Bytes(32);
        byte[]? payload = type == SignedPayload ? Variable() : null;
        return new SignerObject(type, key, payload, UInt32());
    }

    private byte[] AccountId()
    {
        Int32();
        return Bytes(32);
    }

    private T? Optional<T>(Func<T> read) where T : class => Int32() == 1 ? read() : null;

    private List<T> Array<T>(Func<T> read)
    {
        int count = Int32();
        var items = new List<T>(count);
        for (int item = 0; item < count; item++) items.Add(read());
        return items;
    }

    private byte[] Variable()
    {
        int length = Int32();
        byte[] bytes = Bytes(length);
        position += (4 - (length & 3)) & 3;
        return bytes;
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = source[position..(position + count)];
        position += count;
        return bytes;
    }

    private int Int32() => (int)UInt32();

    private uint UInt32()
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(source.AsSpan(position));
        position += 4;
        return value;
    }

    private long Int64()
    {
        long value = BinaryPrimitives.ReadInt64BigEndian(source.AsSpan(position));
        position += 8;
        return value;
    }
}
