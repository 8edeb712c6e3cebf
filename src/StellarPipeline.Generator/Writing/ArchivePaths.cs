namespace StellarPipeline.Generator.Writing;

/// <summary>The paths of the files of a history archive (stellar-core src/util/Fs.cpp, src/history/FileTransferInfo.cpp).</summary>
internal static class ArchivePaths
{
    /// <summary>The root history archive state, relative to the archive's folder.</summary>
    public const string RootState = ".well-known/stellar-history.json";

    /// <summary>A file of a checkpoint, relative to the archive's folder.</summary>
    /// <param name="category">history, ledger, transactions, results or scp.</param>
    /// <param name="checkpointLedger">The checkpoint.</param>
    /// <param name="extension">The extension, for example ".xdr.gz".</param>
    /// <returns>A path with forward slashes.</returns>
    public static string OfCheckpoint(string category, uint checkpointLedger, string extension)
    {
        string hex = checkpointLedger.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
        return $"{category}/{hex[..2]}/{hex[2..4]}/{hex[4..6]}/{category}-{hex}{extension}";
    }

    /// <summary>A bucket's file, relative to the archive's folder.</summary>
    /// <param name="hash">The bucket's SHA-256, 64 lower-case hex digits.</param>
    /// <returns>A path with forward slashes.</returns>
    public static string OfBucket(string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return $"bucket/{hash[..2]}/{hash[2..4]}/{hash[4..6]}/bucket-{hash}.xdr.gz";
    }
}
