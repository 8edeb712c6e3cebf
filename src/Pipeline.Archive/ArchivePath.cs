using System.Globalization;

namespace Pipeline.Archive;

/// <summary>Names the files of a history archive, relative to its root, with forward slashes.</summary>
/// <remarks>Layout: stellar-core src/util/Fs.cpp and src/history/FileTransferInfo.cpp.</remarks>
public static class ArchivePath
{
    /// <summary>The newest archive state: the only file of an archive that changes.</summary>
    public const string RootState = ".well-known/stellar-history.json";

    /// <summary>The archive state of one checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint's ledger number.</param>
    public static string State(uint checkpoint) => OfCheckpoint("history", checkpoint, ".json");

    /// <summary>The ledger headers of one checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint's ledger number.</param>
    public static string Ledgers(uint checkpoint) => OfCheckpoint("ledger", checkpoint, ".xdr.gz");

    /// <summary>One bucket, of the live list or of the hot-archive list: both share one folder.</summary>
    /// <param name="hash">The bucket's hash, not all zeros: an empty bucket has no file.</param>
    /// <exception cref="ArgumentException"><paramref name="hash"/> is all zeros.</exception>
    public static string Bucket(BucketHash hash)
    {
        if (hash.IsZero)
            throw new ArgumentException("An empty bucket has no file.", nameof(hash));
        string text = hash.ToString();
        return $"bucket/{text[..2]}/{text[2..4]}/{text[4..6]}/{BucketFileName(hash)}";
    }

    /// <summary>The file name of a bucket, without its folders: short enough for a message.</summary>
    /// <param name="hash">The bucket's hash.</param>
    public static string BucketFileName(BucketHash hash) => $"bucket-{hash}.xdr.gz";

    private static string OfCheckpoint(string category, uint checkpoint, string extension)
    {
        string text = checkpoint.ToString("x8", CultureInfo.InvariantCulture);
        return $"{category}/{text[..2]}/{text[2..4]}/{text[4..6]}/{category}-{text}{extension}";
    }
}
