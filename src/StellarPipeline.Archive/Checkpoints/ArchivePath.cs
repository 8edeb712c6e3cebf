using System.Buffers;
using System.Globalization;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Names the files of a history archive, relative to its root, with forward slashes.</summary>
/// <remarks>Layout: stellar-core src/util/Fs.cpp and src/history/FileTransferInfo.cpp.</remarks>
internal static class ArchivePath
{
    /// <summary>The newest archive state: the only file of an archive that changes.</summary>
    public const string RootState = ".well-known/stellar-history.json";

    private static readonly SearchValues<char> PartLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>The archive state of one checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint's ledger number.</param>
    public static string State(uint checkpoint) => OfCheckpoint("history", checkpoint, ".json");

    /// <summary>The ledger headers of one checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint's ledger number.</param>
    public static string Ledgers(uint checkpoint) => OfCheckpoint("ledger", checkpoint, ".xdr.gz");

    /// <summary>One bucket, of the live list or of the hot-archive list: both share one folder.</summary>
    /// <param name="hash">The bucket's hash, not all zeros: an empty bucket has no file.</param>
    /// <exception cref="ArgumentException"><paramref name="hash"/> is all zeros.</exception>
    public static string Bucket(Hash256 hash)
    {
        if (hash.IsZero)
            throw new ArgumentException("An empty bucket has no file.", nameof(hash));
        string text = hash.ToString();
        return $"bucket/{text[..2]}/{text[2..4]}/{text[4..6]}/{BucketFileName(hash)}";
    }

    /// <summary>The file name of a bucket, without its folders: short enough for a message.</summary>
    /// <param name="hash">The bucket's hash.</param>
    public static string BucketFileName(Hash256 hash) => $"bucket-{hash}.xdr.gz";

    /// <summary>
    /// True if the path stays below the archive's root on any system: parts of letters, digits, hyphens, underscores and dots, separated by
    /// single slashes, none of them <c>.</c> or <c>..</c>, and at most 256 characters in all.
    /// </summary>
    /// <param name="path">The path.</param>
    public static bool IsSafe(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length is 0 or > 256)
            return false;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> name = path.AsSpan()[part];
            if (name.Length == 0 || name is "." or ".." || name.ContainsAnyExcept(PartLetters))
                return false;
        }

        return true;
    }

    internal static void Require(string path)
    {
        if (!IsSafe(path))
            throw new ArgumentException("The path is not a path inside an archive: it must come from ArchivePath.", nameof(path));
    }

    private static string OfCheckpoint(string category, uint checkpoint, string extension)
    {
        string text = checkpoint.ToString("x8", CultureInfo.InvariantCulture);
        return $"{category}/{text[..2]}/{text[2..4]}/{text[4..6]}/{category}-{text}{extension}";
    }
}
