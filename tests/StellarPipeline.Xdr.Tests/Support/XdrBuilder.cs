using System.Buffers.Binary;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>Writes XDR for tests, independently of the code under test.</summary>
internal sealed class XdrBuilder
{
    private readonly List<byte> bytes = [];

    public int Length => bytes.Count;

    public byte[] ToArray() => bytes.ToArray();

    public XdrBuilder Int32(int value) => UInt32((uint)value);

    public XdrBuilder UInt32(uint value)
    {
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(buffer, value);
        return Raw(buffer);
    }

    public XdrBuilder Int64(long value) => UInt64((ulong)value);

    public XdrBuilder UInt64(ulong value)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(buffer, value);
        return Raw(buffer);
    }

    public XdrBuilder Raw(ReadOnlySpan<byte> value)
    {
        bytes.AddRange(value);
        return this;
    }

    public XdrBuilder Opaque(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length).Raw(value);
        while (bytes.Count % 4 != 0)
            bytes.Add(0);
        return this;
    }

    public XdrBuilder Text(string value) => Opaque(System.Text.Encoding.Latin1.GetBytes(value));

    public XdrBuilder Hash(byte fill) => Raw(Enumerable.Repeat(fill, 32).ToArray());

    public XdrBuilder Account(byte fill) => Int32(0).Hash(fill);
}
