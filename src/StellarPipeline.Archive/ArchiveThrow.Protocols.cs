using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive;

/// <summary>
/// Errors that mean either damaged data, or sound data of a protocol newer than this program. The protocol version in the ledger header
/// decides which.
/// </summary>
internal static partial class ArchiveThrow
{
    [DoesNotReturn]
    public static void ProtocolUnsupported(in RecordPlace place, uint ledger, uint protocol) =>
        throw new ArchiveException(
            FailureKind.NetworkAhead,
            ArchiveErrorCode.ProtocolUnsupported,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Ahead(protocol)} The header of ledger {ledger:N0} ({place}) itself can be read completely. With "
                    + $"AllowNewerProtocol the program continues as long as it can decode every byte."),
            place.File,
            place.ByteOffset,
            place.Record);

    [DoesNotReturn]
    public static void HeaderValue(in RecordPlace place, string problem) =>
        ThrowAt(place, ArchiveErrorCode.HeaderValue, $"{problem} No network closes such a ledger ({place}). {TryAnotherCopy}");

    /// <summary>A record is not a valid XDR value of the expected type.</summary>
    /// <param name="place">Where the record is.</param>
    /// <param name="type">The expected type.</param>
    /// <param name="error">What the decoder found.</param>
    /// <param name="protocol">The protocol version in the ledger header; null if no header with a matching hash gives it.</param>
    [DoesNotReturn]
    public static Exception RecordFormat(in RecordPlace place, string type, XdrFormatException error, uint? protocol) =>
        throw new ArchiveException(
            KindFor(protocol),
            FormatCode(error, protocol),
            $"{Capital(place.ToString())} is not a {type} that this program knows. In it, counted from its own first byte: "
                + $"{error.Finding} {Verdict(protocol)}",
            place.File,
            place.ByteOffset,
            place.Record,
            error);

    [DoesNotReturn]
    public static void UnknownArm(in RecordPlace place, int arm, BucketListKind list, uint protocol) =>
        throw new ArchiveException(
            KindFor(protocol),
            IsAhead(protocol) ? ArchiveErrorCode.ProtocolUnsupported : ArchiveErrorCode.XdrFormat,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Bucket entry type {arm} is not known ({place}). Known types are -1 to {(list == BucketListKind.Live ? 2 : 1)}. "
                    + $"{Verdict(protocol)}"),
            place.File,
            place.ByteOffset,
            place.Record);

    /// <summary>The kind of failure for data that cannot be decoded.</summary>
    /// <param name="protocol">The protocol version in the ledger header; null if unknown.</param>
    public static FailureKind KindFor(uint? protocol) => IsAhead(protocol) ? FailureKind.NetworkAhead : FailureKind.Archive;

    /// <summary>The error code for an error of the decoder.</summary>
    /// <param name="error">The error.</param>
    /// <param name="protocol">The protocol version in the ledger header; null if unknown.</param>
    public static string FormatCode(XdrFormatException error, uint? protocol) =>
        IsAhead(protocol) ? ArchiveErrorCode.ProtocolUnsupported : error.Field == XdrFormatException.EndField
            ? ArchiveErrorCode.RecordTrailing
            : ArchiveErrorCode.XdrFormat;

    /// <summary>What undecodable data means and what to do, in one or two sentences.</summary>
    /// <param name="protocol">The protocol version in the ledger header; null if unknown.</param>
    public static string Verdict(uint? protocol) =>
        protocol is not { } known ? TryAnotherCopy
        : IsAhead(known) ? Ahead(known)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"The ledger's header has protocol {known}, and this program knows every protocol up to {StellarProtocols.Newest}, so the "
                + $"data is damaged or was written incorrectly: try another archive.");

    private static bool IsAhead(uint? protocol) => protocol is { } number && !StellarProtocols.IsKnown(number);

    private static string Ahead(uint protocol) => $"{StellarProtocols.Ahead(protocol)} Update the program, or choose an older checkpoint.";
}
