using System.Buffers.Binary;
using System.Security.Cryptography;

namespace StellarPipeline.Archive;

/// <summary>What was found when a stored bucket was verified: its size, and a checksum of each of its blocks.</summary>
/// <remarks>
/// The file's time is not part of it: a copied cache stays valid. Instead each block is checked when it is read, which costs nothing beside decompressing
/// it, and finds
/// damage before anybody uses the bytes. Format, little-endian: "SPBP", version, stored bytes, content bytes, block bytes, CRC-32C of each block, SHA-256 of
/// all before it.
/// </remarks>
internal sealed class BucketProof(long storedBytes, long contentBytes, uint[] checksums)
{
    /// <summary>Stored bytes that share a checksum.</summary>
    public const int BlockBytes = 1024 * 1024;

    private const int HeaderBytes = 4 + 4 + 8 + 8 + 4;
    private const int Version = 1;

    private static ReadOnlySpan<byte> Mark => "SPBP"u8;

    /// <summary>Size of the stored file.</summary>
    public long StoredBytes => storedBytes;

    /// <summary>Size of the uncompressed content.</summary>
    public long ContentBytes => contentBytes;

    /// <summary>The checksum of a block.</summary>
    public uint Checksum(long block) => checksums[block];

    /// <summary>Reads a proof.</summary>
    /// <param name="bytes">What <see cref="ToBytes"/> made.</param>
    /// <returns>The proof, or null when the bytes are none, or damaged, or of another version.</returns>
    public static BucketProof? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes + SHA256.HashSizeInBytes || !bytes.StartsWith(Mark))
            return null;
        ReadOnlySpan<byte> body = bytes[..^SHA256.HashSizeInBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        if (!hash.SequenceEqual(bytes[body.Length..]) || BinaryPrimitives.ReadInt32LittleEndian(body[4..]) != Version)
            return null;
        long stored = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        long content = BinaryPrimitives.ReadInt64LittleEndian(body[16..]);
        if (stored < 0 || BinaryPrimitives.ReadInt32LittleEndian(body[24..]) != BlockBytes || body.Length - HeaderBytes != BlocksOf(stored) * sizeof(uint))
            return null;
        uint[] checksums = new uint[BlocksOf(stored)];
        for (int i = 0; i < checksums.Length; i++)
            checksums[i] = BinaryPrimitives.ReadUInt32LittleEndian(body[(HeaderBytes + (i * sizeof(uint)))..]);
        return new BucketProof(stored, content, checksums);
    }

    /// <summary>Writes the proof down.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[HeaderBytes + (checksums.Length * sizeof(uint)) + SHA256.HashSizeInBytes];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), storedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), contentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), BlockBytes);
        for (int i = 0; i < checksums.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(HeaderBytes + (i * sizeof(uint))), checksums[i]);
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), bytes.AsSpan(bytes.Length - SHA256.HashSizeInBytes));
        return bytes;
    }

    private static long BlocksOf(long bytes) => (bytes / BlockBytes) + (bytes % BlockBytes == 0 ? 0 : 1);
}
