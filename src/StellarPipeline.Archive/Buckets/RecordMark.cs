using System.Buffers.Binary;

namespace StellarPipeline.Archive.Buckets;

/// <summary>The four bytes before every record of an archive file.</summary>
/// <remarks>
/// Big-endian; the top bit means "last fragment" and is always set, the other 31 bits are the length of the record's body in bytes
/// (RFC 5531, section 11; writer: stellar-core src/util/XDRStream.h).
/// </remarks>
internal static class RecordMark
{
    /// <summary>Length of a mark in bytes.</summary>
    public const int Bytes = sizeof(uint);

    private const uint LastFragment = 0x8000_0000;

    /// <summary>Reads a mark and checks it.</summary>
    /// <param name="mark">At least four bytes.</param>
    /// <param name="maxRecordBytes">Largest accepted body, in bytes.</param>
    /// <param name="bodyBytes">Length of the body in bytes: 4 to <paramref name="maxRecordBytes"/>, a multiple of 4.</param>
    /// <returns>False if the mark is invalid.</returns>
    public static bool TryRead(ReadOnlySpan<byte> mark, int maxRecordBytes, out int bodyBytes)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(mark);
        bodyBytes = (int)(value & ~LastFragment);
        return value > LastFragment && bodyBytes <= maxRecordBytes && (bodyBytes & 3) == 0;
    }

    /// <summary>Body length in bytes from a mark that has already been checked.</summary>
    /// <param name="mark">At least four bytes.</param>
    public static int LengthOf(ReadOnlySpan<byte> mark) => (int)(BinaryPrimitives.ReadUInt32BigEndian(mark) & ~LastFragment);
}
