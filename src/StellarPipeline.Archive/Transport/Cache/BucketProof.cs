using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The result of verifying a stored bucket: its size, and a checksum of each of its blocks.</summary>
/// <remarks>
/// The file's time is not part of it, so a copied cache stays valid. Instead, each block is checked when it is read, which costs almost
/// nothing compared with decompression and finds damage before the bytes are used. The bucket's hash is part of it, so a bucket and its
/// proof are not valid under the name of another bucket. Format, little-endian: "SPBP", version, stored bytes, content bytes, block bytes,
/// hash of the bucket, CRC-32C of each block, SHA-256 of all before it.
/// </remarks>
internal sealed class BucketProof(long storedBytes, long contentBytes, uint[] checksums)
{
    /// <summary>Stored bytes per checksum.</summary>
    public const int BlockBytes = 1024 * 1024;

    private const int HashOffset = 4 + 4 + 8 + 8 + 4;
    private const int HeaderBytes = HashOffset + Hash256.LengthBytes;
    private const int Version = 2;

    private static ReadOnlySpan<byte> Mark => "SPBP"u8;

    /// <summary>Size of the stored file in bytes.</summary>
    public long StoredBytes => storedBytes;

    /// <summary>Size of the uncompressed content in bytes.</summary>
    public long ContentBytes => contentBytes;

    /// <summary>The checksum of a block.</summary>
    public uint Checksum(long block) => checksums[block];

    /// <summary>Reads a proof.</summary>
    /// <param name="bytes">The result of <see cref="ToBytes"/>.</param>
    /// <param name="bucket">The expected bucket.</param>
    /// <returns>The proof, or null if the bytes are not a proof, are damaged, or belong to another bucket or version.</returns>
    public static BucketProof? Parse(ReadOnlySpan<byte> bytes, Hash256 bucket)
    {
        if (bytes.Length < HeaderBytes + SHA256.HashSizeInBytes || !bytes.StartsWith(Mark))
            return null;
        ReadOnlySpan<byte> body = bytes[..^SHA256.HashSizeInBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        if (!hash.SequenceEqual(bytes[body.Length..]) || BinaryPrimitives.ReadInt32LittleEndian(body[4..]) != Version)
            return null;
        if (!body.Slice(HashOffset, Hash256.LengthBytes).SequenceEqual(bucket))
            return null;
        long stored = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        long content = BinaryPrimitives.ReadInt64LittleEndian(body[16..]);
        if (stored < 0 || BinaryPrimitives.ReadInt32LittleEndian(body[24..]) != BlockBytes
            || body.Length - HeaderBytes != BlocksOf(stored) * sizeof(uint))
        {
            return null;
        }

        uint[] checksums = new uint[BlocksOf(stored)];
        for (int i = 0; i < checksums.Length; i++)
            checksums[i] = BinaryPrimitives.ReadUInt32LittleEndian(body[(HeaderBytes + (i * sizeof(uint)))..]);
        return new BucketProof(stored, content, checksums);
    }

    /// <summary>Encodes the proof.</summary>
    /// <param name="bucket">The bucket.</param>
    public byte[] ToBytes(Hash256 bucket)
    {
        byte[] bytes = new byte[HeaderBytes + (checksums.Length * sizeof(uint)) + SHA256.HashSizeInBytes];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), storedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), contentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), BlockBytes);
        ((ReadOnlySpan<byte>)bucket).CopyTo(bytes.AsSpan(HashOffset));
        for (int i = 0; i < checksums.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(HeaderBytes + (i * sizeof(uint))), checksums[i]);
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), bytes.AsSpan(bytes.Length - SHA256.HashSizeInBytes));
        return bytes;
    }

    private static long BlocksOf(long bytes) => (bytes / BlockBytes) + (bytes % BlockBytes == 0 ? 0 : 1);
}
