using System.Buffers.Binary;

namespace StellarPipeline.Archive.Buckets;

/// <summary>The four bytes in front of every record of an archive file.</summary>
/// <remarks>
/// Big-endian; the top bit says "last fragment" and is always set, the other 31 bits are the length of the record's body in bytes (RFC 5531
/// section 11; writer: stellar-core src/util/XDRStream.h).
/// </remarks>
internal static class RecordMark
{
    /// <summary>Bytes of a mark.</summary>
    public const int Bytes = sizeof(uint);

    private const uint LastFragment = 0x8000_0000;

    /// <summary>Reads a mark and checks it.</summary>
    /// <param name="mark">At least four bytes.</param>
    /// <param name="maxRecordBytes">Largest accepted body, in bytes.</param>
    /// <param name="bodyBytes">Length of the body in bytes: 4 to <paramref name="maxRecordBytes"/>, a multiple of 4.</param>
    /// <returns>False when the mark is not one that an archive may hold.</returns>
    public static bool TryRead(ReadOnlySpan<byte> mark, int maxRecordBytes, out int bodyBytes)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(mark);
        bodyBytes = (int)(value & ~LastFragment);
        return value > LastFragment && bodyBytes <= maxRecordBytes && (bodyBytes & 3) == 0;
    }

    /// <summary>Length of the body behind a mark that was checked before.</summary>
    /// <param name="mark">At least four bytes.</param>
    public static int LengthOf(ReadOnlySpan<byte> mark) => (int)(BinaryPrimitives.ReadUInt32BigEndian(mark) & ~LastFragment);
}
