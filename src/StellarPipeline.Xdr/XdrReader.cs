using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace StellarPipeline.Xdr;

/// <summary>Reads XDR (RFC 4506) from a span, one value after the other, and checks every length.</summary>
/// <remarks>
/// Nothing is copied or allocated: opaque values are slices of the source. Stricter than stellar-core's decoder: padding must be zero, a
/// bool or optional flag must be 0 or 1, and a discriminant must be known. Each method takes the name of the value as "Type.field", which
/// is used only in exceptions. A failed read throws <see cref="XdrFormatException"/> and leaves the position unchanged.
/// </remarks>
public ref struct XdrReader
{
    private readonly ReadOnlySpan<byte> source;
    private readonly long baseOffset;
    private int position;

    /// <summary>Starts reading at the first byte of <paramref name="source"/>.</summary>
    /// <param name="source">The bytes to read.</param>
    /// <param name="baseOffset">Start of these bytes in their file or stream: bytes. Used only in exceptions.</param>
    public XdrReader(ReadOnlySpan<byte> source, long baseOffset = 0)
    {
        this.source = source;
        this.baseOffset = baseOffset;
    }

    /// <summary>Bytes read so far: the offset of the next value from the start of the source.</summary>
    public readonly int Position => position;

    /// <summary>Number of remaining bytes.</summary>
    public readonly int Remaining => source.Length - position;

    /// <summary>Reads a signed 32-bit integer.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The value.</returns>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadInt32(string field) => (int)ReadUInt32(field);

    /// <summary>Reads an unsigned 32-bit integer.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The value.</returns>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadUInt32(string field)
    {
        uint value = PeekUInt32(field);
        position += sizeof(uint);
        return value;
    }

    /// <summary>Reads a signed 64-bit integer.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The value.</returns>
    /// <exception cref="XdrFormatException">Fewer than 8 bytes are left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadInt64(string field) => (long)ReadUInt64(field);

    /// <summary>Reads an unsigned 64-bit integer.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The value.</returns>
    /// <exception cref="XdrFormatException">Fewer than 8 bytes are left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadUInt64(string field)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(source[position..], out ulong value))
            XdrThrow.Truncated(field, position, sizeof(ulong), Remaining, baseOffset);
        position += sizeof(ulong);
        return value;
    }

    /// <summary>Reads a bool: 4 bytes, 0 or 1.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The value.</returns>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left, or the value is neither 0 nor 1.</exception>
    public bool ReadBool(string field)
    {
        uint value = PeekUInt32(field);
        if (value > 1)
            XdrThrow.NotBool(field, position, value, baseOffset);
        position += sizeof(uint);
        return value != 0;
    }

    /// <summary>Reads the flag before an optional value: 4 bytes, 0 absent or 1 present.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>True if the value follows.</returns>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left, or the flag is neither 0 nor 1.</exception>
    public bool ReadOptionalFlag(string field)
    {
        uint value = PeekUInt32(field);
        if (value > 1)
            XdrThrow.NotOptionalFlag(field, position, value, baseOffset);
        position += sizeof(uint);
        return value != 0;
    }

    /// <summary>Reads the discriminant of a union, or an enum, whose known values are 0 to <paramref name="last"/>.</summary>
    /// <param name="last">The highest known value.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The value, 0 to <paramref name="last"/>.</returns>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left, or the value is unknown.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadDiscriminant(int last, string field)
    {
        uint value = PeekUInt32(field);
        if (value > (uint)last)
            XdrThrow.UnknownDiscriminant(field, position, (int)value, last, baseOffset);
        position += sizeof(uint);
        return (int)value;
    }

    /// <summary>Reads the discriminant of an extension: 0 for none, or the one known arm.</summary>
    /// <param name="arm">The discriminant of the known arm.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>True if the arm follows.</returns>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left, or the value is neither 0 nor <paramref name="arm"/>.</exception>
    public bool ReadExtension(int arm, string field)
    {
        uint value = PeekUInt32(field);
        if (value != 0 && value != (uint)arm)
            XdrThrow.UnknownExtension(field, position, (int)value, arm, baseOffset);
        position += sizeof(uint);
        return value != 0;
    }

    /// <summary>Reads a reserved extension point, which must be 0.</summary>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <exception cref="XdrFormatException">Fewer than 4 bytes are left, or the value is not 0.</exception>
    public void ReadExtensionPoint(string field) => ReadDiscriminant(0, field);

    /// <summary>Reads the count before a variable array.</summary>
    /// <param name="minElementBytes">Size in bytes of the smallest element, at least 1: limits the count by the remaining bytes.</param>
    /// <param name="maxCount">Maximum number of elements in the schema; <see cref="int.MaxValue"/> if it has no limit.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The count, 0 to <paramref name="maxCount"/>.</returns>
    /// <exception cref="XdrFormatException">The count is over the limit, or so many elements cannot fit into the remaining
    /// bytes.</exception>
    public int ReadCount(int minElementBytes, int maxCount, string field)
    {
        uint count = PeekUInt32(field);
        if (count > (uint)maxCount)
            XdrThrow.TooMany(field, position, count, maxCount, baseOffset);
        int remaining = Remaining - sizeof(uint);
        if (count * (ulong)minElementBytes > (ulong)remaining)
            XdrThrow.CountBeyondEnd(field, position, count, minElementBytes, remaining, baseOffset);
        position += sizeof(uint);
        return (int)count;
    }

    /// <summary>Reads opaque data of a fixed length, with its padding to a multiple of 4.</summary>
    /// <param name="length">Bytes of data, without padding; not negative.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The data: a slice of the source.</returns>
    /// <exception cref="XdrFormatException">Not enough bytes are left, or the padding is not zero.</exception>
    public ReadOnlySpan<byte> ReadFixedOpaque(int length, string field)
    {
        int start = position;
        TakePadded((uint)length, start, field);
        return source.Slice(start, length);
    }

    /// <summary>Reads opaque data of a variable length: the length, the data, and padding to a multiple of 4.</summary>
    /// <param name="maxLength">Maximum number of bytes in the schema; <see cref="int.MaxValue"/> if it has no limit.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The data: a slice of the source.</returns>
    /// <exception cref="XdrFormatException">The length is over the limit, not enough bytes are left, or the padding is not
    /// zero.</exception>
    public ReadOnlySpan<byte> ReadVariableOpaque(int maxLength, string field)
    {
        uint length = PeekUInt32(field);
        if (length > (uint)maxLength)
            XdrThrow.TooLong(field, position, length, maxLength, baseOffset);
        int start = position + sizeof(uint);
        TakePadded(length, start, field);
        return source.Slice(start, (int)length);
    }

    /// <summary>Reads a string, which XDR encodes like variable opaque data. The character set of the bytes is not checked.</summary>
    /// <param name="maxLength">Maximum number of bytes in the schema; <see cref="int.MaxValue"/> if it has no limit.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <returns>The bytes of the string: a slice of the source.</returns>
    /// <exception cref="XdrFormatException">The length is over the limit, not enough bytes are left, or the padding is not
    /// zero.</exception>
    public ReadOnlySpan<byte> ReadString(int maxLength, string field) => ReadVariableOpaque(maxLength, field);

    /// <summary>Skips bytes that need no check.</summary>
    /// <param name="length">Bytes to skip; not negative.</param>
    /// <param name="field">What is skipped, as "Type.field".</param>
    /// <exception cref="XdrFormatException">Fewer bytes are left.</exception>
    public void Skip(int length, string field)
    {
        if ((uint)length > (uint)Remaining)
            XdrThrow.Truncated(field, position, length, Remaining, baseOffset);
        position += length;
    }

    /// <summary>The bytes read since a position.</summary>
    /// <param name="start">An earlier <see cref="Position"/>.</param>
    /// <returns>A slice of the source, up to the next value.</returns>
    public readonly ReadOnlySpan<byte> Since(int start) => source[start..position];

    /// <summary>Checks that no bytes are left.</summary>
    /// <param name="typeName">Name of the type that should end here.</param>
    /// <exception cref="XdrFormatException">Bytes are left.</exception>
    public readonly void EnsureEnd(string typeName)
    {
        if (position != source.Length)
            XdrThrow.TrailingBytes(typeName, position, Remaining, baseOffset);
    }

    /// <summary>Throws if a value is nested too deeply.</summary>
    /// <param name="depth">The level of the next value; the outermost is 1.</param>
    /// <param name="maxDepth">The deepest level allowed.</param>
    /// <param name="field">What is read, as "Type.field".</param>
    /// <exception cref="XdrFormatException"><paramref name="depth"/> is over <paramref name="maxDepth"/>.</exception>
    public readonly void EnsureDepth(int depth, int maxDepth, string field)
    {
        if (depth > maxDepth)
            XdrThrow.TooDeep(field, position, maxDepth, baseOffset);
    }

    /// <summary>Throws for a value that decodes but is not allowed in its position.</summary>
    /// <param name="position">Its start: an earlier <see cref="Position"/>.</param>
    /// <param name="problem">The problem, as a sentence.</param>
    /// <param name="field">The value, as "Type.field".</param>
    [DoesNotReturn]
    internal readonly void Refuse(int position, string problem, string field) => XdrThrow.Refused(field, position, problem, baseOffset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint PeekUInt32(string field)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(source[position..], out uint value))
            XdrThrow.Truncated(field, position, sizeof(uint), Remaining, baseOffset);
        return value;
    }

    // Moves the position past `length` bytes at `start` and their padding, or throws and leaves it unchanged.
    private void TakePadded(uint length, int start, string field)
    {
        long padded = (length + 3L) & ~3L;
        if (padded > source.Length - start)
            XdrThrow.Truncated(field, start, padded, source.Length - start, baseOffset);
        int end = start + (int)padded;
        int padding = (int)(padded - length);
        if (padding != 0 && source.Slice(end - padding, padding).ContainsAnyExcept((byte)0))
            XdrThrow.Padding(field, end - padding, baseOffset);
        position = end;
    }
}
