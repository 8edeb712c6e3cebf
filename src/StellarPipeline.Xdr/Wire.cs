using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace StellarPipeline.Xdr;

/// <summary>Reads numbers at known offsets of bytes whose length has been checked, and does those checks.</summary>
/// <remarks>
/// For straight-line code over fixed blocks, where a moving reader would check each field. Offsets outside the span still cannot be read.
/// </remarks>
internal static class Wire
{
    public const int HashBytes = 32;

    /// <summary>Bytes of an encoded AccountID: the key type and an Ed25519 key.</summary>
    public const int AccountIdBytes = 36;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Int32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Int64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64BigEndian(bytes[offset..]);

    /// <summary>The 32 bytes of an Ed25519 key, contract id, pool id or hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Hash(ReadOnlySpan<byte> bytes, int offset) => bytes.Slice(offset, HashBytes);

    /// <summary>The data of a checked variable opaque value or string.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">Offset of the length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Opaque(ReadOnlySpan<byte> bytes, int offset) => bytes.Slice(offset + 4, Int32(bytes, offset));

    /// <summary>Number of bytes of data of this length with its padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Padded(int length) => (length + 3) & ~3;

    /// <summary>
    /// Requires <paramref name="length"/> bytes at <paramref name="offset"/>, where the bytes before it are known to exist.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Need(ReadOnlySpan<byte> bytes, int offset, int length, string field)
    {
        if (bytes.Length - offset < length)
            XdrThrow.Truncated(field, offset, length, bytes.Length - offset);
    }

    /// <summary>
    /// Requires the 4 bytes at <paramref name="offset"/>, known to exist, to be 0: the only key type, or a reserved extension point.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NeedZero(ReadOnlySpan<byte> bytes, int offset, string field)
    {
        int value = Int32(bytes, offset);
        if (value != 0)
            XdrThrow.UnknownDiscriminant(field, offset, value, 0);
    }

    /// <summary>Reads the flag of an optional value from 4 bytes known to exist.</summary>
    /// <returns>0 or 1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Flag(ReadOnlySpan<byte> bytes, int offset, string field)
    {
        uint value = UInt32(bytes, offset);
        if (value > 1)
            XdrThrow.NotOptionalFlag(field, offset, value);
        return (int)value;
    }

    /// <summary>Reads the discriminant of an extension, 0 or <paramref name="arm"/>, from 4 bytes known to exist.</summary>
    /// <returns>True if the arm follows.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Extension(ReadOnlySpan<byte> bytes, int offset, int arm, string field)
    {
        int value = Int32(bytes, offset);
        if (value == 0)
            return false;
        if (value != arm)
            XdrThrow.UnknownExtension(field, offset, value, arm);
        return true;
    }
}
