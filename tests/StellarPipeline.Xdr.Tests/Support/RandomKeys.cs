using System.Buffers.Binary;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>Random keys and values that tie often: few distinct bytes, short strings, numbers around the sign change.</summary>
/// <param name="seed">Decides all of them.</param>
/// <param name="hasMuxedContracts">True where only values are wanted: the keys of contract data may not hold them.</param>
internal sealed class RandomKeys(int seed, bool hasMuxedContracts = false)
{
    private static readonly long[] Numbers = [0, 1, 2, 255, 256, -1, -2, -256, long.MinValue, long.MaxValue, int.MaxValue, int.MinValue];

    private readonly Random random = new(seed);

    public TestKey Key(LedgerEntryType type) => new(type)
    {
        Account = Hash(),
        AssetType = 0,
        Durability = random.Next(2),
        Contract = Address(),
        Value = type == LedgerEntryType.ContractData ? Value(0) : null,
        Payload = type switch
        {
            LedgerEntryType.Offer => Number64(),
            LedgerEntryType.Data => Bytes(random.Next(7)),
            LedgerEntryType.ConfigSetting => [0, 0, 0, (byte)random.Next(21)],
            _ => Hash(),
        },
    };

    public TestKey Trustline()
    {
        int assetType = random.Next(1, 4);
        byte[] code = assetType switch { 1 => Bytes(4), 2 => Bytes(12), _ => [] };
        return new TestKey(LedgerEntryType.Trustline) { Account = Hash(), AssetType = assetType, Payload = [.. code, .. Hash()] };
    }

    public TestKey Any()
    {
        var type = (LedgerEntryType)random.Next(10);
        return type == LedgerEntryType.Trustline ? Trustline() : Key(type);
    }

    public TestValue Value(int depth)
    {
        int type = random.Next(depth > 4 ? 16 : 24);
        if (type == 23)
            type = 16;
        return type switch
        {
            0 => new TestValue(0) { Payload = [0, 0, 0, (byte)random.Next(2)] },
            2 => Error(),
            3 or 4 => new TestValue(type) { Payload = Number64()[4..] },
            5 or 6 or 7 or 8 or 21 => new TestValue(type) { Payload = Number64() },
            9 or 10 => new TestValue(type) { Payload = [.. Number64(), .. Number64()] },
            11 or 12 => new TestValue(type) { Payload = [.. Number64(), .. Number64(), .. Number64(), .. Number64()] },
            13 or 14 or 15 or 22 => new TestValue(type) { Payload = Bytes(random.Next(7)) },
            16 => new TestValue(16) { Elements = Elements(depth, 1) },
            17 => new TestValue(17) { Elements = Elements(depth, 2) },
            18 => new TestValue(18) { Address = Address() },
            19 => Instance(depth),
            _ => new TestValue(type),
        };
    }

    public TestAddress Address()
    {
        int type = random.Next(hasMuxedContracts ? 6 : 5);
        return new TestAddress(type, type is 2 or 5 ? [.. Number64(), .. Hash()] : Hash());
    }

    private TestValue Error()
    {
        int subType = random.Next(10);
        return new TestValue(2) { SubType = subType, Payload = subType == 0 ? Number64()[4..] : [0, 0, 0, (byte)random.Next(10)] };
    }

    private TestValue Instance(int depth)
    {
        int subType = random.Next(3);
        return new TestValue(19)
        {
            SubType = subType,
            Payload = subType switch { 0 => Hash(), 2 => Bytes(random.Next(5)), _ => [] },
            Address = subType == 2 ? Address() : null,
            Elements = Elements(depth, 2),
        };
    }

    private TestValue[]? Elements(int depth, int perElement)
    {
        int count = random.Next(-1, 4);
        if (count < 0)
            return null;
        var elements = new TestValue[count * perElement];
        for (int index = 0; index < elements.Length; index++)
            elements[index] = Value(depth + 1);
        return elements;
    }

    private byte[] Hash()
    {
        byte[] hash = new byte[32];
        hash[random.Next(2) * 31] = (byte)random.Next(3);
        hash[8] = random.Next(4) == 0 ? (byte)0xff : (byte)0;
        return hash;
    }

    private byte[] Number64()
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Numbers[random.Next(Numbers.Length)]);
        return bytes;
    }

    private byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        for (int index = 0; index < length; index++)
            bytes[index] = (byte)(random.Next(4) switch { 0 => 0, 1 => 'a', 2 => 'b', _ => 0xff });
        return bytes;
    }
}
