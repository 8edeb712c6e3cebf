using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace StellarPipeline.Generator.Xdr;

/// <summary>Writes XDR (RFC 4506, big-endian, four-byte units) into one growing pooled buffer.</summary>
/// <remarks>
/// <see cref="Clear"/> keeps the buffer for the next value, so a long-lived writer allocates nothing per value. Not thread-safe.
/// <see cref="Dispose"/> returns the buffer to the pool. Spans of the buffer become invalid with the next write.
/// </remarks>
public sealed class XdrWriter : IDisposable
{
    private const uint LastFragment = 0x8000_0000;

    private byte[] buffer;
    private int length;

    /// <summary>Makes an empty writer.</summary>
    /// <param name="capacityBytes">Initial size of the buffer in bytes; it doubles when it is full.</param>
    public XdrWriter(int capacityBytes = 1024) => this.buffer = ArrayPool<byte>.Shared.Rent(capacityBytes);

    /// <summary>Bytes written since the last <see cref="Clear"/>.</summary>
    public int Length => this.length;

    /// <summary>The bytes written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> WrittenSpan => this.buffer.AsSpan(0, this.length);

    /// <summary>The bytes written since the last <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => this.buffer.AsMemory(0, this.length);

    /// <summary>Discards everything written and keeps the buffer.</summary>
    public void Clear() => this.length = 0;

    /// <summary>Discards everything after the given length.</summary>
    /// <param name="length">Bytes to keep, 0 to <see cref="Length"/>.</param>
    public void Truncate(int length) => this.length = Math.Min(length, this.length);

    /// <summary>Copies the written bytes into a new array.</summary>
    /// <returns>The written bytes.</returns>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <summary>Writes a signed 32-bit integer, also an enum value or a union discriminant.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    /// <summary>Writes an unsigned 32-bit integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    /// <summary>Writes a signed 64-bit integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

    /// <summary>Writes an unsigned 64-bit integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    /// <summary>Writes a bool, or the flag in front of an optional value.</summary>
    /// <param name="value">The value.</param>
    public void WriteBool(bool value) => WriteInt32(value ? 1 : 0);

    /// <summary>Writes bytes unchanged, such as an encoded XDR fragment.</summary>
    /// <param name="bytes">The bytes; no padding is added.</param>
    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Writes a fixed-length opaque: the bytes, zero-padded to a multiple of four.</summary>
    /// <param name="bytes">The bytes.</param>
    public void WriteFixedOpaque(ReadOnlySpan<byte> bytes)
    {
        int padded = (bytes.Length + 3) & ~3;
        Span<byte> target = Take(padded);
        bytes.CopyTo(target);
        target[bytes.Length..].Clear();
    }

    /// <summary>Writes a variable-length opaque: length, bytes, zero padding to a multiple of four.</summary>
    /// <param name="bytes">The bytes.</param>
    public void WriteOpaque(ReadOnlySpan<byte> bytes)
    {
        WriteInt32(bytes.Length);
        WriteFixedOpaque(bytes);
    }

    /// <summary>Writes a string as the variable-length opaque of its UTF-8 bytes.</summary>
    /// <param name="text">The text.</param>
    public void WriteString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        WriteOpaque(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Writes an ed25519 public key as AccountID: key type 0, then the 32 bytes.</summary>
    /// <param name="publicKey">32 bytes.</param>
    public void WriteAccountId(ReadOnlySpan<byte> publicKey)
    {
        WriteInt32(0);
        WriteFixedOpaque(publicKey);
    }

    /// <summary>Writes an optional AccountID: a flag, then the AccountID if present.</summary>
    /// <param name="publicKey">32 bytes, or null for none.</param>
    public void WriteOptionalAccountId(byte[]? publicKey)
    {
        WriteBool(publicKey is not null);
        if (publicKey is not null) WriteAccountId(publicKey);
    }

    /// <summary>Starts a framed record (RFC 5531 section 11): reserves space for its mark.</summary>
    /// <returns>The argument of <see cref="EndRecord"/>.</returns>
    public int BeginRecord()
    {
        int start = this.length;
        Take(4);
        return start;
    }

    /// <summary>Ends a framed record: writes its mark, last-fragment bit and body length.</summary>
    /// <param name="start">The return value of <see cref="BeginRecord"/>.</param>
    public void EndRecord(int start) =>
        BinaryPrimitives.WriteUInt32BigEndian(this.buffer.AsSpan(start, 4), LastFragment | (uint)(this.length - start - 4));

    /// <summary>Returns space for bytes that the caller fills.</summary>
    /// <param name="count">Number of bytes; they count as written immediately.</param>
    /// <returns>The space; its content is undefined until the caller fills it.</returns>
    public Span<byte> Take(int count)
    {
        int start = this.length;
        if (this.buffer.Length - start < count) Grow(count);
        this.length = start + count;
        return this.buffer.AsSpan(start, count);
    }

    /// <summary>Returns the buffer to the pool.</summary>
    public void Dispose()
    {
        byte[] buffer = this.buffer;
        this.buffer = [];
        this.length = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(this.buffer.Length * 2, this.length + count));
        WrittenSpan.CopyTo(larger);
        if (this.buffer.Length > 0) ArrayPool<byte>.Shared.Return(this.buffer);
        this.buffer = larger;
    }
}
