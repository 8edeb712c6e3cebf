using Microsoft.Extensions.Logging;

namespace StellarPipeline.Archive;

/// <summary>All log messages of this library. Event ids 3000 to 3999; an id never changes its meaning.</summary>
internal static partial class ArchiveLog
{
    private const int HashDigitsShown = 8;

    /// <summary>Shortens a path for log lines: its last part, or for a bucket the first digits of its hash.</summary>
    public static string Short(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        const string Bucket = "bucket-";
        return name.StartsWith(Bucket, StringComparison.Ordinal) && name.Length > Bucket.Length + HashDigitsShown
            ? $"bucket {name.AsSpan(Bucket.Length, HashDigitsShown)}"
            : name;
    }

    [LoggerMessage(3000, LogLevel.Warning,
        "{Url} at byte {Offset}: attempt {Attempt} of {Attempts} failed; the next one is in {Seconds:F1} s. {Cause}")]
    public static partial void Retry(ILogger logger, string url, long offset, int attempt, int attempts, double seconds, string cause);

    [LoggerMessage(3001, LogLevel.Warning, "Mirror {Mirror} failed for {Path}; another mirror is tried. {Cause}")]
    public static partial void MirrorFailed(ILogger logger, string mirror, string path, string cause);

    [LoggerMessage(3002, LogLevel.Information, "Mirror {Mirror} continues {Path} at byte {Offset}.")]
    public static partial void FailedOver(ILogger logger, string mirror, string path, long offset);

    [LoggerMessage(3003, LogLevel.Warning,
        "No mirror delivers {Path} from byte {Offset} on: round {Round} of {Rounds} failed; all are tried again after a pause. {Cause}")]
    public static partial void MirrorsRest(ILogger logger, string path, long offset, int round, int rounds, string cause);

    [LoggerMessage(3004, LogLevel.Debug, "Mirror {Mirror} failed again for {Path}. {Cause}")]
    public static partial void MirrorFailedAgain(ILogger logger, string mirror, string path, string cause);

    [LoggerMessage(3100, LogLevel.Information, "Bucket {Bucket} is in the cache: {Bytes} bytes.")]
    public static partial void CacheHit(ILogger logger, string bucket, long bytes);

    [LoggerMessage(3101, LogLevel.Information, "Bucket {Bucket} is not in the cache and is fetched.")]
    public static partial void CacheMiss(ILogger logger, string bucket);

    [LoggerMessage(3102, LogLevel.Information, "Bucket {Bucket} has arrived and hashes to its name: {Bytes} bytes.")]
    public static partial void Fetched(ILogger logger, string bucket, long bytes);

    [LoggerMessage(3103, LogLevel.Information, "The download of bucket {Bucket} resumes at byte {Offset}, where an interrupted one ended.")]
    public static partial void Resumed(ILogger logger, string bucket, long offset);

    [LoggerMessage(3104, LogLevel.Information,
        "Bucket {Bucket} is removed from the cache because it was used least recently: {Bytes} bytes.")]
    public static partial void Evicted(ILogger logger, string bucket, long bytes);

    [LoggerMessage(3105, LogLevel.Warning, "A copy of bucket {Bucket} is discarded, and another one is fetched.")]
    public static partial void CopyReplaced(ILogger logger, string bucket);

    [LoggerMessage(3106, LogLevel.Warning,
        "The copy {File} of an object of the data store is removed: its content is wrong. The object is fetched from the store the next "
            + "time.")]
    public static partial void LedgerCopyDiscarded(ILogger logger, string file);

    [LoggerMessage(3107, LogLevel.Information,
        "{Count} copies of ledgers are removed from {Folder} because they were used least recently.")]
    public static partial void LedgerCopiesEvicted(ILogger logger, int count, string folder);

    [LoggerMessage(3108, LogLevel.Warning, "No more copies of ledgers are kept in {Folder} during this run. {Cause}")]
    public static partial void LedgerCopiesStopped(ILogger logger, string folder, string cause);
}
