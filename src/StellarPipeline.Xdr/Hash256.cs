using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
namespace StellarPipeline.Xdr;

/// <summary>
/// A SHA-256 hash or another identifier of 32 bytes: the hash of a bucket or ledger header, a contract id, an account key.
/// </summary>
/// <remarks>
/// A value type of 32 bytes, never on the heap, ordered by its bytes. Its text form is 64 lower-case hexadecimal digits, the only form in
/// archives. In a bucket list, all zeros mean an empty bucket, which has no file; it is not the hash of empty content.
/// </remarks>
[InlineArray(LengthBytes)]
[System.ComponentModel.TypeConverter(typeof(Hash256Converter))]
public struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>, ISpanFormattable
{
    /// <summary>Length of a hash in bytes: 32.</summary>
    public const int LengthBytes = SHA256.HashSizeInBytes;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private byte first;

    /// <summary>Creates a hash from its bytes.</summary>
    /// <param name="bytes">Exactly <see cref="LengthBytes"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthBytes)
            throw new ArgumentException($"A hash has {LengthBytes} bytes, but {bytes.Length} were given.", nameof(bytes));
        bytes.CopyTo(this);
    }

    /// <summary>True if all bytes are zero.</summary>
    public readonly bool IsZero => AsSpan(in this).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Computes the SHA-256 hash of some bytes.</summary>
    /// <param name="content">The bytes to hash.</param>
    /// <returns>Their hash.</returns>
    public static Hash256 Of(ReadOnlySpan<byte> content)
    {
        Hash256 hash = default;
        SHA256.HashData(content, hash);
        return hash;
    }

    /// <summary>Reads the text form: exactly 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hash">The hash; all zeros if the text is not a hash.</param>
    /// <returns>True if <paramref name="text"/> is a hash.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Hash256 hash)
    {
        hash = default;
        if (text.Length != 2 * LengthBytes || text.ContainsAnyExcept(Digits))
            return false;
        Span<byte> bytes = hash;
        return Convert.FromHexString(text, bytes, out _, out int written) == OperationStatus.Done && written == LengthBytes;
    }

    /// <summary>Reads the text form: exactly 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The hash.</returns>
    /// <exception cref="FormatException"><paramref name="text"/> is not a hash.</exception>
    public static Hash256 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out Hash256 hash)
            ? hash
            : throw new FormatException($"\"{text}\" is not a hash: 64 lower-case hexadecimal digits are expected.");

    /// <summary>Copies the bytes of the hash.</summary>
    /// <param name="destination">At least <see cref="LengthBytes"/> bytes.</param>
    public readonly void CopyTo(Span<byte> destination) => AsSpan(in this).CopyTo(destination);

    /// <summary>Compares the bytes, first byte first.</summary>
    /// <param name="other">The hash to compare with.</param>
    /// <returns>Negative if this one sorts first, zero if both are equal, otherwise positive.</returns>
    public readonly int CompareTo(Hash256 other) => AsSpan(in this).SequenceCompareTo(AsSpan(in other));

    /// <inheritdoc/>
    public readonly bool Equals(Hash256 other) => AsSpan(in this).SequenceEqual(AsSpan(in other));

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(AsSpan(in this));

    /// <summary>The hash as 64 lower-case hexadecimal digits.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(AsSpan(in this));

    /// <summary>The hash as 64 lower-case hexadecimal digits.</summary>
    /// <param name="format">Not used: there is one form.</param>
    /// <param name="formatProvider">Not used.</param>
    /// <returns>The digits.</returns>
    public readonly string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the hash as 64 lower-case hexadecimal digits.</summary>
    /// <param name="destination">Receives the digits.</param>
    /// <param name="charsWritten">64, or 0 if <paramref name="destination"/> is too short.</param>
    /// <param name="format">Not used: there is one form.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>False if <paramref name="destination"/> is too short.</returns>
    public readonly bool TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null) =>
            Convert.TryToHexStringLower(AsSpan(in this), destination, out charsWritten);

    /// <summary>True if both hashes have the same bytes.</summary>
    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    /// <summary>True if the hashes differ in at least one byte.</summary>
    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);

    /// <summary>True if <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(Hash256 left, Hash256 right) => left.CompareTo(right) < 0;

    /// <summary>True if <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(Hash256 left, Hash256 right) => left.CompareTo(right) > 0;

    /// <summary>True if <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(Hash256 left, Hash256 right) => left.CompareTo(right) <= 0;

    /// <summary>True if <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(Hash256 left, Hash256 right) => left.CompareTo(right) >= 0;

    private static ReadOnlySpan<byte> AsSpan(ref readonly Hash256 hash) =>
        MemoryMarshal.CreateReadOnlySpan(in hash.first, LengthBytes);
}
