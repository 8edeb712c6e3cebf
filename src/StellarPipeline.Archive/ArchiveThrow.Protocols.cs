using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive;

/// <summary>
/// The errors that may mean either that data is damaged, or that it is sound and newer than this program. The protocol of the ledger's
/// header decides.
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
                $"{Ahead(protocol)} It is the header of ledger {ledger:N0} ({place}), all of which this program can read: with "
                    + $"AllowNewerProtocol it reads on as long as it knows every byte."),
            place.File,
            place.ByteOffset,
            place.Record);

    [DoesNotReturn]
    public static void HeaderValue(in RecordPlace place, string problem) =>
        ThrowAt(place, ArchiveErrorCode.HeaderValue, $"{problem} No network agrees on such a ledger ({place}). {TryAnotherCopy}");

    /// <summary>A record that is not the XDR value it must be.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="type">The type that it must be of.</param>
    /// <param name="error">What the decoder found.</param>
    /// <param name="protocol">The protocol of the ledger's header; null where no header that hashes right says it.</param>
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
                $"Bucket entry type {arm} is not known ({place}). Known are -1 to {(list == BucketListKind.Live ? 2 : 1)}. "
                    + $"{Verdict(protocol)}"),
            place.File,
            place.ByteOffset,
            place.Record);

    /// <summary>What kind of failure data is that cannot be read.</summary>
    /// <param name="protocol">The protocol of the ledger's header; null where it is not known.</param>
    public static FailureKind KindFor(uint? protocol) => IsAhead(protocol) ? FailureKind.NetworkAhead : FailureKind.Archive;

    /// <summary>The code of an error of the decoder.</summary>
    /// <param name="error">The error.</param>
    /// <param name="protocol">The protocol of the ledger's header; null where it is not known.</param>
    public static string FormatCode(XdrFormatException error, uint? protocol) =>
        IsAhead(protocol) ? ArchiveErrorCode.ProtocolUnsupported : error.Field == XdrFormatException.EndField
            ? ArchiveErrorCode.RecordTrailing
            : ArchiveErrorCode.XdrFormat;

    /// <summary>What follows from data that cannot be read: one or two sentences, with what to do.</summary>
    /// <param name="protocol">The protocol of the ledger's header; null where it is not known.</param>
    public static string Verdict(uint? protocol) =>
        protocol is not { } known ? TryAnotherCopy
        : IsAhead(known) ? Ahead(known)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"The ledger's header has protocol {known}, and this program knows every protocol up to {StellarProtocols.Newest}, so the "
                + $"data is damaged or was made wrongly: try another archive.");

    private static bool IsAhead(uint? protocol) => protocol is { } number && !StellarProtocols.IsKnown(number);

    private static string Ahead(uint protocol) => $"{StellarProtocols.Ahead(protocol)} Update the program, or choose an older checkpoint.";
}
