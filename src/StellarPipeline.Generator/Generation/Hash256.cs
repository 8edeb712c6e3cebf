using System.Buffers.Binary;

namespace StellarPipeline.Generator;

/// <summary>A 32-byte hash as four numbers, ordered like its bytes.</summary>
internal readonly struct Hash256(ReadOnlySpan<byte> bytes) : IComparable<Hash256>
{
    private readonly ulong _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
    private readonly ulong _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    private readonly ulong _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
    private readonly ulong _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);

    public int CompareTo(Hash256 other)
    {
        if (_first != other._first) return _first.CompareTo(other._first);
        if (_second != other._second) return _second.CompareTo(other._second);
        return _third != other._third ? _third.CompareTo(other._third) : _fourth.CompareTo(other._fourth);
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _fourth);
    }
}
