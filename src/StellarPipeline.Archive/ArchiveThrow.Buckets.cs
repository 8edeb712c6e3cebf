using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive;

/// <summary>The errors of compressed files, records and buckets.</summary>
internal static partial class ArchiveThrow
{
    private const string CutOff = "The file is probably cut off: fetch it again, or try another archive.";

    [DoesNotReturn]
    public static void FileEmpty(string file) =>
        Damage(ArchiveErrorCode.GzipTruncated, $"{file} is empty. {CutOff}", file, 0);

    [DoesNotReturn]
    public static void GzipTruncated(string file, long storedBytes, long contentBytes) =>
        Damage(
            ArchiveErrorCode.GzipTruncated,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The compressed data of {file} ends too early, after {storedBytes:N0} stored bytes that decompress to "
                + $"{contentBytes:N0} bytes: more must follow. {CutOff}"),
            file,
            storedBytes);

    [DoesNotReturn]
    public static void GzipTrailing(string file, long storedBytes) =>
        Damage(
            ArchiveErrorCode.GzipTrailing,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Other data follows the compressed data of {file}, within its first {storedBytes:N0} stored "
                + $"bytes. {TryAnotherCopy}"),
            file,
            storedBytes);

    [DoesNotReturn]
    public static void GzipRatio(string file, long storedBytes, long contentBytes, int maxRatio) =>
        Damage(
            ArchiveErrorCode.SizeLimit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The compressed data of {file} decompresses from {storedBytes:N0} to {contentBytes:N0} bytes, a ratio of more than "
                    + $"{maxRatio}: no archive file compresses that well. {TryAnotherCopy}"),
            file,
            storedBytes);

    [DoesNotReturn]
    public static void GzipWithoutContent(string file, long storedBytes) =>
        Damage(
            ArchiveErrorCode.SizeLimit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The first {storedBytes:N0} stored bytes of {file} decompress to less than half as many bytes: no archive file grows "
                    + $"that much by compression. {TryAnotherCopy}"),
            file,
            storedBytes);

    [DoesNotReturn]
    public static Exception GzipCorrupt(string file, long storedBytes, long contentBytes, Exception error) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.GzipCorrupt,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The compressed data of {file} is damaged: it cannot be decompressed, or its checksum or length is wrong, after "
                + $"uncompressed byte {contentBytes:N0}, within its first {storedBytes:N0} stored bytes. {TryAnotherCopy}"),
            file,
            storedBytes,
            innerException: error);

    [DoesNotReturn]
    public static void RecordMark(in RecordPlace place, ReadOnlySpan<byte> mark, int maxRecordBytes)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(mark);
        uint length = value & 0x7fff_ffff;
        string problem = value <= 0x7fff_ffff ? "its top bit, which marks the last fragment, is clear"
            : length == 0 ? "it says that the record is empty"
            : (length & 3) != 0 ? FormattableString.Invariant($"it says {length:N0} bytes, which is not divisible by 4")
            : FormattableString.Invariant($"it says {length:N0} bytes, but at most {maxRecordBytes:N0} are allowed");
        ThrowAt(
            place,
            ArchiveErrorCode.RecordHeader,
            string.Create(CultureInfo.InvariantCulture, $"The mark 0x{value:x8} of {place} is invalid: {problem}. "
                    + $"{(place.ByteOffset == 0 ? ContentHint.Of(mark) : null) ?? TryAnotherCopy}"));
    }

    [DoesNotReturn]
    public static void RecordTruncated(in RecordPlace place, ReadOnlySpan<byte> rest)
    {
        if (rest.Length < Buckets.RecordMark.Bytes)
        {
            ThrowAt(
                place,
                ArchiveErrorCode.RecordHeader,
                FormattableString.Invariant(
                    $"The mark of {place} needs {Buckets.RecordMark.Bytes} bytes, but only {rest.Length} are left. {CutOff}"));
        }

        ThrowAt(
            place,
            ArchiveErrorCode.RecordTruncated,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Capital(place.ToString())} says it is {Buckets.RecordMark.LengthOf(rest):N0} bytes long, but only "
                + $"{rest.Length - Buckets.RecordMark.Bytes:N0} bytes are left. {CutOff}"));
    }

    // Some stores answer 403 for a missing file.
    private static string Refused(string archive) =>
        archive.Contains("://", StringComparison.Ordinal) ? "; it answered 404, or 403, which some stores answer for a missing file" : "";

    [DoesNotReturn]
    public static Exception BucketMissing(BucketReference bucket, string archive) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.BucketMissing,
            $"The archive {archive} does not contain {ArchivePath.Bucket(bucket.Hash)} ({bucket.Position}), which its state names"
            + $"{Refused(archive)}. The archive is incomplete: fetch the file, or try another archive.",
            bucket.FileName);

    [DoesNotReturn]
    public static void BucketTooLarge(BucketReference bucket, long maxBytes) =>
        BucketTooLarge(bucket.FileName, $" ({bucket.Position})", maxBytes);

    [DoesNotReturn]
    public static void BucketTooLarge(Hash256 bucket, long maxBytes) => BucketTooLarge(ArchivePath.BucketFileName(bucket), "", maxBytes);

    [DoesNotReturn]
    public static void BucketHash(BucketReference bucket, Hash256 found, long bytes) =>
        Damage(
            ArchiveErrorCode.BucketHash,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The uncompressed content of {bucket.FileName} ({bucket.Position}), {bytes:N0} bytes, has SHA-256 {found}; its name "
                    + $"requires {bucket.Hash}. {TryAnotherCopy}"),
            bucket.FileName,
            bytes);

    [DoesNotReturn]
    public static void MetadataPosition(in RecordPlace place) =>
        ThrowAt(
            place,
            ArchiveErrorCode.MetadataPosition,
            $"Only the first record of a bucket may be a metadata record; this bucket has another one ({place}). {TryAnotherCopy}");

    [DoesNotReturn]
    public static void MetadataMissing(in RecordPlace place) =>
        ThrowAt(
            place,
            ArchiveErrorCode.MetadataMissing,
            $"A hot-archive bucket must begin with a metadata record, but this one does not ({place}). {TryAnotherCopy}");

    [DoesNotReturn]
    public static void MetadataType(in RecordPlace place, BucketListKind list, int? type)
    {
        string found =
            type switch { null => "names no list", 0 => "names the live list", _ => "names the hot-archive list" };
        string expected = list == BucketListKind.Live ? "the live list" : "the hot-archive list";
        ThrowAt(
            place,
            ArchiveErrorCode.MetadataType,
            $"The archive state names this bucket in {expected}, but its metadata record {found} ({place}). {TryAnotherCopy}");
    }

    [DoesNotReturn]
    public static void MetadataTooOld(in RecordPlace place, uint protocol) =>
        ThrowAt(
            place,
            ArchiveErrorCode.MetadataVersion,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The bucket has a metadata record of protocol {protocol}, but such records exist only since protocol 11 ({place}). "
                + $"{TryAnotherCopy}"));

    [DoesNotReturn]
    public static void MetadataTooNew(in RecordPlace place, uint protocol, uint ledgerProtocol) =>
        ThrowAt(
            place,
            ArchiveErrorCode.MetadataVersion,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The bucket was written by protocol {protocol}, but the checkpoint's ledger has only protocol {ledgerProtocol} ({place}). "
                + $"{TryAnotherCopy}"));

    [DoesNotReturn]
    public static void InitProtocol(in RecordPlace place, uint protocol) =>
        ThrowAt(
            place,
            ArchiveErrorCode.InitProtocol,
            string.Create(
                CultureInfo.InvariantCulture,
                $"A bucket of protocol {protocol} contains an INIT record, but such records exist only since protocol 11 ({place}). "
                + $"{TryAnotherCopy}"));

    [DoesNotReturn]
    public static void KeyOrder(in RecordPlace place, LedgerEntryType type, bool isDuplicate)
    {
        if (isDuplicate)
        {
            ThrowAt(
                place,
                ArchiveErrorCode.Duplicate,
                $"The key of {place}, of type {type}, equals the key of the previous record: a bucket contains each key once. "
                    + $"{TryAnotherCopy}");
        }

        ThrowAt(
            place,
            ArchiveErrorCode.Order,
            $"The key of {place}, of type {type}, sorts before the key of the previous record: a bucket is sorted by key. "
                + $"{TryAnotherCopy}");
    }

    [DoesNotReturn]
    public static void WrongList(in RecordPlace place, LedgerEntryType type, bool isTemporary)
    {
        string found = isTemporary ? "temporary contract data" : $"an entry of type {type}";
        ThrowAt(
            place,
            ArchiveErrorCode.WrongList,
            $"A hot-archive bucket contains only persistent contract data and contract code, but this one contains {found} ({place}). "
                + $"{TryAnotherCopy}");
    }

    [DoesNotReturn]
    public static void Lifecycle(in RecordPlace older, LedgerEntryType type, BucketReference newer) =>
        ThrowAt(
            older,
            ArchiveErrorCode.Lifecycle,
            $"{newer.FileName} ({newer.Position}) says that an entry of type {type} was created, but an older version of it still exists: "
            + $"{older}. The buckets do not fit together: try another archive.");

    [DoesNotReturn]
    public static void NotReadToEnd(BucketReference bucket) =>
        throw new ArchiveException(
            FailureKind.Internal,
            ArchiveErrorCode.NotReadToEnd,
            $"{bucket.FileName} ({bucket.Position}) was not read to its end although nothing failed.",
            bucket.FileName);

    [DoesNotReturn]
    private static void BucketTooLarge(string file, string position, long maxBytes) =>
        Damage(
            ArchiveErrorCode.SizeLimit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file}{position} has more than {maxBytes:N0} uncompressed bytes, the limit. If this size is right, raise the "
                    + $"limit (MaxBucketBytes); otherwise try another archive."),
            file,
            maxBytes);

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
