using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StellarPipeline.Archive;

/// <summary>A SHA-256 hash as a history archive uses it: it names a bucket, and it names a ledger header.</summary>
/// <remarks>
/// Thirty-two bytes, compared by value, never on the heap. Text is 64 lower-case hexadecimal digits, the only form that archives write.
/// All zeros stands for "empty bucket": there is no such file, and it is not the hash of nothing.
/// </remarks>
[InlineArray(LengthBytes)]
[System.ComponentModel.TypeConverter(typeof(BucketHashConverter))]
public struct BucketHash : IEquatable<BucketHash>
{
    /// <summary>Length of a hash in bytes: 32.</summary>
    public const int LengthBytes = SHA256.HashSizeInBytes;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private byte first;

    /// <summary>Takes a hash from its bytes.</summary>
    /// <param name="bytes">Exactly <see cref="LengthBytes"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public BucketHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthBytes)
            throw new ArgumentException($"A hash has {LengthBytes} bytes, {bytes.Length} were given.", nameof(bytes));
        bytes.CopyTo(this);
    }

    /// <summary>True for the hash of all zeros, which stands for an empty bucket.</summary>
    public readonly bool IsZero => AsSpan(in this).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Computes the SHA-256 hash of some bytes.</summary>
    /// <param name="content">The bytes to hash.</param>
    /// <returns>Their hash.</returns>
    public static BucketHash Of(ReadOnlySpan<byte> content)
    {
        BucketHash hash = default;
        SHA256.HashData(content, hash);
        return hash;
    }

    /// <summary>Reads the text form: exactly 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hash">The hash, or all zeros when the text is not one.</param>
    /// <returns>True when <paramref name="text"/> is a hash.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out BucketHash hash)
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
    public static BucketHash Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out BucketHash hash) ? hash : throw new FormatException($"\"{text}\" is not a hash: 64 lower-case hexadecimal digits are expected.");

    /// <summary>Copies the bytes of the hash.</summary>
    /// <param name="destination">At least <see cref="LengthBytes"/> bytes.</param>
    public readonly void CopyTo(Span<byte> destination) => AsSpan(in this).CopyTo(destination);

    /// <inheritdoc/>
    public readonly bool Equals(BucketHash other) => AsSpan(in this).SequenceEqual(AsSpan(in other));

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is BucketHash other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(AsSpan(in this));

    /// <summary>The hash as 64 lower-case hexadecimal digits.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(AsSpan(in this));

    /// <summary>True when both hashes have the same bytes.</summary>
    public static bool operator ==(BucketHash left, BucketHash right) => left.Equals(right);

    /// <summary>True when the hashes differ in at least one byte.</summary>
    public static bool operator !=(BucketHash left, BucketHash right) => !left.Equals(right);

    private static ReadOnlySpan<byte> AsSpan(ref readonly BucketHash hash) =>
        MemoryMarshal.CreateReadOnlySpan(in hash.first, LengthBytes);
}
