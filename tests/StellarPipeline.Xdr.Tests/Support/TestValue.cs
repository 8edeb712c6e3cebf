using System.Buffers.Binary;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>
/// An SCVal or SCAddress as an object tree, with the wire form and the order-preserving sort key of the specification's section 3.5.
/// </summary>
/// <remarks>Knows nothing of the code under test, so that both can be compared.</remarks>
internal sealed record TestValue(int Type)
{
    /// <summary>Numbers as big-endian bytes, opaque data without padding, or the 32 bytes of a hash.</summary>
    public byte[] Payload { get; init; } = [];

    /// <summary>Type of an error or of an executable.</summary>
    public int SubType { get; init; }

    public TestAddress? Address { get; init; }

    /// <summary>Elements of a vec; key and value alternating for a map or storage; null if absent.</summary>
    public TestValue[]? Elements { get; init; }

    public static TestValue Symbol(string text) => new(15) { Payload = System.Text.Encoding.Latin1.GetBytes(text) };

    public static TestValue Text(string text) => new(14) { Payload = System.Text.Encoding.Latin1.GetBytes(text) };

    public static TestValue Vec(params TestValue[] elements) => new(16) { Elements = elements };

    public static TestValue Map(params TestValue[] keysAndValues) => new(17) { Elements = keysAndValues };

    public static TestValue UInt32(uint value) => new(3) { Payload = new XdrBuilder().UInt32(value).ToArray() };

    public static TestValue Nonce(long value) => new(21) { Payload = new XdrBuilder().Int64(value).ToArray() };

    public static TestValue Int128(Int128 value)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        return new TestValue(10) { Payload = bytes };
    }

    public void Encode(XdrBuilder xdr)
    {
        xdr.Int32(Type);
        switch (Type)
        {
            case 2:
                xdr.Int32(SubType).Raw(Payload);
                break;
            case 13 or 14 or 15 or 22:
                xdr.Opaque(Payload);
                break;
            case 16:
                EncodeElements(xdr, 1);
                break;
            case 17:
                EncodeElements(xdr, 2);
                break;
            case 18:
                Address!.Encode(xdr);
                break;
            case 19:
                xdr.Int32(SubType);
                if (SubType == 0)
                    xdr.Raw(Payload);
                if (SubType == 2)
                {
                    Address!.Encode(xdr);
                    xdr.Opaque(Payload);
                }

                EncodeElements(xdr, 2);
                break;
            default:
                xdr.Raw(Payload);
                break;
        }
    }

    public void EncodeSortKey(List<byte> key)
    {
        key.Add((byte)Type);
        switch (Type)
        {
            case 0:
                key.Add(Payload[3]);
                break;
            case 2:
                key.Add((byte)SubType);
                key.AddRange(Payload);
                break;
            case 4 or 6 or 10 or 12 or 21:
                key.Add((byte)(Payload[0] ^ 0x80));
                key.AddRange(Payload[1..]);
                break;
            case 13 or 14 or 15 or 22:
                Escape(key);
                break;
            case 16:
                SortElements(key, 1);
                break;
            case 17:
                SortElements(key, 2);
                break;
            case 18:
                Address!.EncodeSortKey(key);
                break;
            case 19:
                key.Add((byte)SubType);
                if (SubType == 0)
                    key.AddRange(Payload);
                if (SubType == 2)
                {
                    Address!.EncodeSortKey(key);
                    Escape(key);
                }

                SortElements(key, 2);
                break;
            default:
                key.AddRange(Payload);
                break;
        }
    }

    private void EncodeElements(XdrBuilder xdr, int perElement)
    {
        if (Elements is null)
        {
            xdr.Int32(0);
            return;
        }

        xdr.Int32(1).Int32(Elements.Length / perElement);
        foreach (TestValue element in Elements)
            element.Encode(xdr);
    }

    private void SortElements(List<byte> key, int perElement)
    {
        if (Elements is null)
        {
            key.Add(0);
            return;
        }

        key.Add(1);
        for (int index = 0; index < Elements.Length; index++)
        {
            if (index % perElement == 0)
                key.Add(1);
            Elements[index].EncodeSortKey(key);
        }

        key.Add(0);
    }

    private void Escape(List<byte> key)
    {
        foreach (byte value in Payload)
        {
            key.Add(value);
            if (value == 0)
                key.Add(0xff);
        }

        key.AddRange([0, 0]);
    }
}
