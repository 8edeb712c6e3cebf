using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Data;

/// <summary>Writes the rows of a COPY file in random order, like those of a loader that keeps a set of seen keys.</summary>
/// <remarks>
/// The rows of a real loader come bucket by bucket and are mixed by its workers; a full shuffle is the simple extreme. The file is
/// memory-mapped, so this needs 8 bytes of memory per row.
/// </remarks>
internal static class RowShuffler
{
    public static void Shuffle(string source, string target, ulong seed)
    {
        long length = new FileInfo(source).Length;
        using var mapped = MemoryMappedFile.CreateFromFile(source, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = mapped.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        using var output = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        long[] rows = FindRows(view, length);
        new Random((int)seed).Shuffle(rows);

        output.Write(CopyFormat.Header.Span);
        byte[] row = new byte[64 * 1024];
        foreach (long start in rows)
        {
            int bytes = RowBytes(view, start);
            if (bytes > row.Length) row = new byte[bytes];
            view.ReadArray(start, row, 0, bytes);
            output.Write(row, 0, bytes);
        }

        output.Write(CopyFormat.Trailer.Span);
    }

    private static long[] FindRows(MemoryMappedViewAccessor view, long length)
    {
        var rows = new List<long>();
        long end = length - CopyFormat.TrailerBytes;
        for (long at = CopyFormat.HeaderBytes; at < end; at += RowBytes(view, at)) rows.Add(at);
        return [.. rows];
    }

    private static int RowBytes(MemoryMappedViewAccessor view, long start)
    {
        long at = start;
        int fields = BinaryPrimitives.ReverseEndianness(view.ReadInt16(at));
        at += sizeof(short);
        for (int field = 0; field < fields; field++)
        {
            int bytes = BinaryPrimitives.ReverseEndianness(view.ReadInt32(at));
            at += sizeof(int) + Math.Max(0, bytes);
        }

        return (int)(at - start);
    }
}
