using System.Text;
using StellarPipeline.Archive.Buckets;

namespace StellarPipeline.Archive;

/// <summary>
/// Recognises common wrong files by their content, so that a message can name the likely cause before it calls the file damaged.
/// </summary>
internal static class ContentHint
{
    /// <summary>Bytes from the start of a file that are enough to recognise it.</summary>
    public const int StartBytes = 64;

    private static readonly (byte[] Start, string Name)[] Packings =
    [
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"),
        ([0x42, 0x5a, 0x68], "bzip2"),
        ([0x50, 0x4b, 0x03, 0x04], "zip"),
        ([0x04, 0x22, 0x4d, 0x18], "lz4"),
    ];

    /// <summary>Says what a file seems to be, and what to do.</summary>
    /// <param name="content">Its uncompressed content, or the start of it.</param>
    /// <returns>Whole sentences; null if the content is not recognised.</returns>
    public static string? Of(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> start = content[..Math.Min(content.Length, StartBytes)];
        if (start.IsEmpty)
        {
            return "It is empty: the copy was probably not finished, or the disk of the archive was full. Fetch it again, or try another "
                + "archive.";
        }

        if (!start.ContainsAnyExcept((byte)0))
            return "It begins with zeros: a disk or a copy has lost its content. Fetch it again, or try another archive.";
        if (start.StartsWith("version https://git-lfs"u8))
            return "It is a Git LFS pointer, not the file itself: run git lfs pull to fetch the files.";
        foreach ((byte[] mark, string name) in Packings)
        {
            if (start.StartsWith(mark))
                return $"It is compressed with {name}, and archives use gzip: decompress it, or compress it with gzip.";
        }

        if (GunzipReader.IsGzip(start))
            return "It is compressed with gzip more than once: upload the original, without a Content-Encoding.";
        return OfText(Encoding.Latin1.GetString(start).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n'));
    }

    private static string? OfText(string text)
    {
        if (Begins("<!doctype html") || Begins("<html") || Begins("<head") || Begins("<body"))
        {
            return "It is a web page: the server sent a login, proxy or error page instead of the file. Check the URL and the "
                + "network, or name another archive.";
        }

        if (Begins("<?xml") || Begins("<error"))
        {
            return "It is XML: object stores answer so when they refuse access to a file. Check the URL and the access rights, or "
                + "name another archive.";
        }

        if (Begins("{") || Begins("["))
            return "It is JSON text: the server stores another file under this name. Check the URL, or name another archive.";
        return null;

        bool Begins(string start) => text.StartsWith(start, StringComparison.OrdinalIgnoreCase);
    }
}
