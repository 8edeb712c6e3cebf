using System.IO.Compression;

namespace StellarPipeline.Generator.Writing;

/// <summary>Reads and writes whole gzip files.</summary>
internal static class GzipFiles
{
    /// <summary>The gzip member of zero bytes. For empty input GZipStream writes nothing, which is not a gzip file.</summary>
    public static ReadOnlySpan<byte> EmptyMember => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Compresses bytes into a file; its folder is created if needed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The uncompressed bytes.</param>
    /// <param name="level">The gzip compression level.</param>
    public static void Write(string path, ReadOnlySpan<byte> bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        ArgumentNullException.ThrowIfNull(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None);
        if (bytes.IsEmpty)
        {
            file.Write(EmptyMember);
            return;
        }

        using GZipStream gzip = new(file, level);
        gzip.Write(bytes);
    }

    /// <summary>Decompresses a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The uncompressed bytes.</returns>
    public static byte[] Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        using GZipStream gzip = new(file, CompressionMode.Decompress);
        using MemoryStream bytes = new();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }
}
