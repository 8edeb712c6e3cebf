using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Every error of reading ledgers: what happened, where, and what to do.</summary>
internal static partial class LedgerThrow
{
    private const string FetchAgain = "Fetch it again, or read from another copy.";

    [DoesNotReturn]
    public static void LocationUnknown(string problem) => throw new LedgerException(FailureKind.Usage, LedgerErrorCode.Location, problem);

    [DoesNotReturn]
    public static Exception ReadFailed(string location, Exception error) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.ReadFailed,
        $"{location} could not be read: {error.Message} Check that it exists, the permissions and the device, and run again.", error)
    { File = location };

    /// <summary>Creates the error for the caller to throw.</summary>
    public static LedgerException StreamReadFailed(string name, Exception error) => new(
        FailureKind.Usage, LedgerErrorCode.ReadFailed,
        $"{name} could not be read: {error.Message} Give a file that exists and can be read.", error)
    { File = name };

    /// <summary>Creates the error for the caller to throw.</summary>
    public static LedgerException StreamDamaged(LedgerFileLocation location, Exception error) => new(
        FailureKind.Archive, LedgerErrorCode.Compression,
        $"The compressed data is damaged or truncated: {error.Message} ({location}) {FetchAgain}", error)
    { File = location.File, ByteOffset = location.ByteOffset };

    [DoesNotReturn]
    public static void Frame(LedgerFileLocation location, string problem) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.Frame, $"{problem} ({location}) {FetchAgain}")
    { File = location.File, ByteOffset = location.ByteOffset };

    [DoesNotReturn]
    public static void ManifestMissing(string store) => throw new LedgerException(
        FailureKind.Usage, LedgerErrorCode.Manifest,
        $"{store} has no {LedgerStoreManifest.FileName}, which says how many ledgers an object holds. Is this the data store's folder? If "
            + "the store has no such file, give the ledgers per object and the objects per folder.")
    { File = store };

    [DoesNotReturn]
    public static Exception Manifest(string store, string problem, Exception? error = null) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.Manifest, $"{LedgerStoreManifest.FileName} of {store} {problem}", error)
    { File = LedgerStoreManifest.FileName };

    [DoesNotReturn]
    public static void ManifestContradicts(string store, string what, uint given, uint found) => throw new LedgerException(
        FailureKind.Usage, LedgerErrorCode.Options,
        Text($"{store} has {found} {what}, as its {LedgerStoreManifest.FileName} says, but {given} were given. Leave the option out."))
    { File = LedgerStoreManifest.FileName };

    [DoesNotReturn]
    public static void OtherNetwork(string store, string wanted, string found) => throw new LedgerException(
        FailureKind.Usage, LedgerErrorCode.Network,
        $"{store} contains ledgers of the network \"{found}\", but the network \"{wanted}\" was requested. Name the right store or "
            + $"network.")
    { File = LedgerStoreManifest.FileName };

    [DoesNotReturn]
    public static Exception Damaged(string file, long byteOffset, string problem, Exception? error = null) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.Compression,
        Text($"{file}, at byte {byteOffset:N0} of the stored file: {problem} {FetchAgain}"), error)
    { File = file, ByteOffset = byteOffset };

    [DoesNotReturn]
    public static void TooLarge(string file, long maxBytes, string what) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.SizeLimit,
        Text($"{file} {what} more than {maxBytes:N0} bytes, the limit."))
    { File = file };

    [DoesNotReturn]
    public static void Batch(string file, long byteOffset, string problem) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.Batch,
        $"{problem} ({new LedgerFileLocation(file, byteOffset)}) The object is damaged. {FetchAgain}")
    { File = file, ByteOffset = byteOffset };

    [DoesNotReturn]
    public static void ObjectRange(string file, uint first, uint last, uint start, uint end) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.ObjectRange,
        string.Create(CultureInfo.InvariantCulture,
            $"{file} contains ledgers {start} to {end}, but its name says {first} to {last}. It was stored under the wrong name. "
                + $"{FetchAgain}"))
    { File = file, Ledger = first };

    [DoesNotReturn]
    public static void LedgerOfBatch(LedgerFileLocation location, uint expected, uint found) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.ObjectRange,
        Text($"The batch contains ledger {found} where its head says ledger {expected} ({location}). The object is damaged. {FetchAgain}"))
    { File = location.File, ByteOffset = location.ByteOffset, Ledger = found };

    [DoesNotReturn]
    public static Exception Format(LedgerFileLocation location, LedgerFormatException error) => throw new LedgerException(
        error.ProtocolVersion is { } protocol && !StellarProtocols.IsKnown(protocol) ? FailureKind.NetworkAhead : FailureKind.Archive,
        LedgerErrorCode.Format, $"{error.Message} ({location})", error)
    { File = location.File, ByteOffset = location.ByteOffset + error.ByteOffset, Ledger = error.Ledger == 0 ? null : error.Ledger };

    [DoesNotReturn]
    public static Exception Format(LedgerFileLocation location, XdrFormatException error) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.Format, $"This is not a ledger: {error.Message} ({location}) {FetchAgain}", error)
    { File = location.File, ByteOffset = location.ByteOffset + error.ByteOffset };

    [DoesNotReturn]
    public static void Missing(string source, uint first, uint last, uint next) => throw new LedgersMissingException(
        first, last,
        Text($"{source} lacks {Ledgers(first, last)}, but has ledger {next}. Fetch the missing ledgers, or read from another copy."));

    [DoesNotReturn]
    public static void Begins(string source, uint wanted, uint first) => throw new LedgersMissingException(
        wanted, first - 1,
        Text(
            $"{source} lacks {Ledgers(
                wanted, first - 1)}: the first ledger found there is {first}. Begin there, or read from another copy."));

    [DoesNotReturn]
    public static void Ended(string source, uint? last, uint wanted) => throw new LedgersEndedException(
        last, wanted,
        last is { } end
            ? string.Create(CultureInfo.InvariantCulture,
                $"{source} ends at ledger {end}, but ledgers up to {wanted} were requested. Request no later ledgers, or wait until it "
                    + $"has them.")
            : Text($"{source} contains none of the requested ledgers up to {wanted}, and none after them. Is it the right location?"));

    private static string Ledgers(uint first, uint last) => first == last ? Text($"ledger {first}") : Text($"ledgers {first} to {last}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
