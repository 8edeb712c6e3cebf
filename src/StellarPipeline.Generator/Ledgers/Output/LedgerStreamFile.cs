using System.Buffers.Binary;
using System.IO.Compression;

namespace StellarPipeline.Generator.Ledgers.Output;

/// <summary>
/// Writes ledgers as one stream of record-marked frames (RFC 5531 section 11), like a node's METADATA_OUTPUT_STREAM.
/// </summary>
public static class LedgerStreamFile
{
    private const uint LastFragment = 0x8000_0000;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file, which is overwritten; the ending .zst or .gz selects the compression.</param>
    /// <param name="ledgers">The ledgers in order.</param>
    /// <param name="cancellationToken">Stops between two ledgers and leaves the incomplete file.</param>
    /// <returns>Bytes before compression.</returns>
    public static long Write(string path, IEnumerable<GeneratedLedger> ledgers, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(ledgers);
        using Stream stream = Compressed(path, File.Create(path));
        long bytes = 0;
        Span<byte> mark = stackalloc byte[4];
        foreach (GeneratedLedger ledger in ledgers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            BinaryPrimitives.WriteUInt32BigEndian(mark, LastFragment | (uint)ledger.CloseMeta.Length);
            stream.Write(mark);
            stream.Write(ledger.CloseMeta.Span);
            bytes += mark.Length + ledger.CloseMeta.Length;
        }

        return bytes;
    }

    private static Stream Compressed(string path, FileStream file) => Path.GetExtension(path) switch
    {
        ".zst" => new ZstdSharp.CompressionStream(file, leaveOpen: false),
        ".gz" => new GZipStream(file, CompressionLevel.Fastest),
        _ => file,
    };
}
