using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>Every error that the bucket cache throws: what happened, where, what to do.</summary>
internal static class CacheThrow
{
    [DoesNotReturn]
    public static Exception NoDefaultFolder() =>
        throw new ArchiveException(
            FailureKind.Usage, CacheErrorCode.Unusable,
            "The user has no cache directory: neither XDG_CACHE_HOME nor HOME is set. Name a folder for the bucket cache.");

    [DoesNotReturn]
    public static Exception FolderUnusable(string folder, Exception error) =>
        throw new ArchiveException(
            FailureKind.Usage,
            CacheErrorCode.Unusable,
            $"The cache folder {folder} cannot be used: {error.Message} Check its permissions, or name another folder for the bucket "
                + $"cache.",
            folder,
            innerException: error);

    [DoesNotReturn]
    public static Exception FileUnusable(string file, Exception error) =>
        throw new ArchiveException(
            FailureKind.Archive,
            CacheErrorCode.Unusable,
            $"{file} cannot be read or written: {error.Message} Check the permissions and the device of the bucket cache, or name another "
                + $"folder for it.",
            file,
            innerException: error);

    [DoesNotReturn]
    public static Exception NoRoomOnDisk(
        string folder, RoomWanted wanted, long neededBytes, long freeBytes, long idleBytes, long reserveBytes)
    {
        string idle = idleBytes == 0 ? "" : FormattableString.Invariant($", and {idleBytes:N0} bytes in buckets that are not in use");
        throw new ArchiveException(
            wanted.Kind,
            CacheErrorCode.DiskFull,
            string.Create(CultureInfo.InvariantCulture,
                $"{wanted.Text} needs {neededBytes:N0} bytes in {folder}, and {reserveBytes:N0} bytes must stay free, but its disk has "
                    + $"only {freeBytes:N0} bytes free{idle}. Make room, or name a folder on another disk for the bucket cache."),
            folder);
    }

    [DoesNotReturn]
    public static Exception NoRoomInBound(string folder, RoomWanted wanted, long neededBytes, long boundBytes, long heldBytes) =>
        throw new ArchiveException(
            wanted.Kind,
            CacheErrorCode.TooSmall,
            string.Create(CultureInfo.InvariantCulture,
                $"{wanted.Text} needs {neededBytes:N0} bytes in {folder}, whose limit is {boundBytes:N0} bytes; {heldBytes:N0} bytes "
                    + $"are in use. Raise the limit of the bucket cache by at least {heldBytes - boundBytes + neededBytes:N0} bytes."),
            folder);

    [DoesNotReturn]
    public static Exception DiskFull(string file, long writtenBytes, long? totalBytes, Exception error)
    {
        string rest = totalBytes is { } total
            ? FormattableString.Invariant($"{total - writtenBytes:N0} more bytes are needed")
            : "its size is unknown";
        throw new ArchiveException(
            FailureKind.Archive,
            CacheErrorCode.DiskFull,
            string.Create(CultureInfo.InvariantCulture,
                $"The disk became full after {writtenBytes:N0} bytes of {file}; {rest}. Make room and run again: the fetched bytes are "
                        + $"kept, and only the rest will be fetched."),
            file,
            writtenBytes,
            innerException: error);
    }

    [DoesNotReturn]
    public static Exception Damaged(string file, long offset) =>
        throw new ArchiveException(
            FailureKind.Archive,
            CacheErrorCode.Damaged,
            string.Create(CultureInfo.InvariantCulture,
                $"{file} has changed since it was verified, in the block at byte {offset:N0}. It is no longer trusted: run again, and "
                        + $"the bucket will be fetched again. If this happens often, check the disk."),
            file,
            offset);

    [DoesNotReturn]
    public static void ContentHash(Hash256 expected, Hash256 found, long contentBytes, ReadOnlySpan<byte> start) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.BucketHash,
            string.Create(CultureInfo.InvariantCulture,
                $"The uncompressed content of {ArchivePath.BucketFileName(expected)}, {contentBytes:N0} bytes, has SHA-256 {found}; its "
                        + $"name requires {expected}. {ContentHint.Of(start) ?? "The archive copy is damaged: try another archive."}"),
            ArchivePath.BucketFileName(expected),
            contentBytes);

    [DoesNotReturn]
    public static Exception EveryCopyWrong(Hash256 bucket, int copies, string location, ArchiveException last) =>
        throw new ArchiveException(
            FailureKind.Archive,
            last.Code,
            string.Create(CultureInfo.InvariantCulture,
                $"{ArchivePath.BucketFileName(bucket)} was fetched {copies} times from {location}, and every copy was wrong. The last one: "
                    + $"{last.Message}"),
            ArchivePath.BucketFileName(bucket),
            last.ByteOffset,
            innerException: last);

    [DoesNotReturn]
    public static Exception Replaced(Hash256 bucket, long offset) =>
        throw new ArchiveException(
            FailureKind.Archive,
            CacheErrorCode.Replaced,
            string.Create(CultureInfo.InvariantCulture,
                $"The copy of {ArchivePath.BucketFileName(bucket)} was wrong, after {offset:N0} of its stored bytes had been read while it "
                        + $"arrived. A copy from another location replaces it: run again."),
            ArchivePath.BucketFileName(bucket),
            offset);

    [DoesNotReturn]
    public static Exception BucketGone(Hash256 bucket, string location) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.BucketMissing,
            $"The archive {location} no longer contains {ArchivePath.Bucket(bucket)}, although it reported its size before. Try again "
                + $"later, or name another archive.",
            ArchivePath.BucketFileName(bucket));

    [DoesNotReturn]
    public static Exception GoneWhileArriving(Hash256 bucket) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.BucketMissing,
            $"A copy of {ArchivePath.Bucket(bucket)} began to arrive but could not be used, and the archive no longer had the file when "
                + $"asked again. Try again later, or name another archive.",
            ArchivePath.BucketFileName(bucket));

    /// <summary>Throws the error that ended the download of an arriving bucket, in one of its readers.</summary>
    [DoesNotReturn]
    public static Exception ArrivalFailed(Hash256 bucket, Exception cause) => throw cause switch
    {
        ArchiveException error =>
            new ArchiveException(error.Kind, error.Code, error.Message, error.File, error.ByteOffset, error.Record, error),
        OperationCanceledException error =>
            new OperationCanceledException($"The download of {ArchivePath.BucketFileName(bucket)} was stopped.", error),
        _ => new ArchiveException(
            FailureKind.Internal,
            ArchiveErrorCode.ReadFailed,
            $"The download of {ArchivePath.BucketFileName(bucket)} failed: {cause.Message}",
            ArchivePath.BucketFileName(bucket),
            innerException: cause),
    };

    [DoesNotReturn]
    public static Exception OfflineBucket(Hash256 bucket, string folder, string location, bool isPartial) =>
        throw new ArchiveException(
            FailureKind.Archive,
            CacheErrorCode.OfflineMissing,
            $"Bucket {bucket} is {(isPartial ? "only partly" : "not")} in the cache {folder}, and offline no other source may be used. "
                + $"First fetch the checkpoint from {location} into the same folder while online.",
            ArchivePath.BucketFileName(bucket));

    [DoesNotReturn]
    public static Exception OfflineFile(string path, string folder, string location) =>
        throw new ArchiveException(
            FailureKind.Archive,
            CacheErrorCode.OfflineMissing,
            $"{path} is not in the cache {folder}, and offline no other source may be used. First fetch the checkpoint "
                + $"from {location} into the same folder while online.",
            path);
}
