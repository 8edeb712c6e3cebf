using System.Buffers;
using System.Buffers.Binary;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>Decompresses an object in memory, up to a size limit.</summary>
internal static class ZstdUnpacker
{
    private const int MinRoom = 64 * 1024;

    // Highest ratio for which an announced size is trusted: real ledgers shrink to a tenth. Beyond that, memory grows with the content.
    private const int RatioBelieved = 64;

    /// <summary>Decompresses one or several frames.</summary>
    /// <param name="decoder">The decoder; reset before and after.</param>
    /// <param name="stored">The frames, and nothing else.</param>
    /// <param name="maxBytes">Size limit of the content in bytes.</param>
    /// <param name="file">Name for messages.</param>
    /// <param name="length">Size of the content in bytes.</param>
    /// <returns>An array of the shared pool that begins with the content.</returns>
    /// <exception cref="LedgerException">The data is damaged, truncated, not zstd, or too large.</exception>
    public static byte[] Unpack(IZstdDecoder decoder, ReadOnlySpan<byte> stored, int maxBytes, string file, out int length)
    {
        if (!ZstdDecoders.IsFrame(stored))
            throw LedgerThrow.Damaged(file, 0, ContentHint.Of(stored) ?? "It is not compressed with zstd, unlike objects of a data store.");
        decoder.Reset();
        byte[] content = ArrayPool<byte>.Shared.Rent(FirstRoom(stored, maxBytes, file));
        length = 0;
        int position = 0;
        try
        {
            for (bool isFrameEnd = false; position < stored.Length || !isFrameEnd;)
            {
                if (length == content.Length)
                    content = Grow(content, length);
                ZstdStep step = decoder.Decode(stored[position..], content.AsSpan(length));
                position += step.Consumed;
                length += step.Written;
                isFrameEnd = step.IsFrameEnd;
                if (length > maxBytes)
                    LedgerThrow.TooLarge(file, maxBytes, "decompresses to");
                if (step is { Consumed: 0, Written: 0, IsFrameEnd: false })
                    throw LedgerThrow.Damaged(file, position, "It ends inside a zstd frame: it was cut off.");
            }

            return content;
        }
        catch (Exception error)
        {
            ArrayPool<byte>.Shared.Return(content);
            decoder.Reset();
            if (error is InvalidDataException)
                throw LedgerThrow.Damaged(file, position, $"The zstd data is damaged: {error.Message}.", error);
            throw;
        }
    }

    private static byte[] Grow(byte[] content, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * content.Length, Array.MaxLength));
        content.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(content);
        return larger;
    }

    private static int FirstRoom(ReadOnlySpan<byte> stored, int maxBytes, string file)
    {
        long? announced = AnnouncedBytes(stored);
        if (announced > maxBytes)
            LedgerThrow.TooLarge(file, maxBytes, "says that it decompresses to");
        long believed = Math.Max(MinRoom, (long)RatioBelieved * stored.Length);
        return (int)Math.Min(Math.Min(announced ?? 16L * stored.Length, believed), maxBytes) + 1;
    }

    /// <summary>The content size in the first frame's header; null if it has none.</summary>
    /// <remarks>RFC 8878, section 3.1.1.1.</remarks>
    internal static long? AnnouncedBytes(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < 5 || !stored.StartsWith(ZstdDecoders.Magic))
            return null;
        byte descriptor = stored[4];
        bool isSingleSegment = (descriptor & 0x20) != 0;
        int offset = 5 + (isSingleSegment ? 0 : 1) + ((descriptor & 3) is var id && id == 3 ? 4 : id);
        int bytes = (descriptor >> 6) switch { 0 => isSingleSegment ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        if (bytes == 0 || stored.Length < offset + bytes)
            return null;
        ReadOnlySpan<byte> field = stored.Slice(offset, bytes);
        ulong size = bytes switch
        {
            1 => field[0],
            2 => 256u + BinaryPrimitives.ReadUInt16LittleEndian(field),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(field),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(field),
        };
        return (long)Math.Min(size, long.MaxValue);
    }
}
