using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>
/// Every error of reading archives over a network: what happened, where, and what to do. No message contains a secret of a URL.
/// </summary>
internal static class HttpThrow
{
    [DoesNotReturn]
    public static Exception LocationInvalid() =>
        throw new ArchiveException(
            FailureKind.Usage, ArchiveErrorCode.Location,
            "The location of the archive is not a supported URL. It must look like https://host/path/, with a host.");

    [DoesNotReturn]
    public static Exception LocationWithFragment(string location) =>
        throw new ArchiveException(
            FailureKind.Usage, ArchiveErrorCode.Location,
            $"The URL of the archive, {location}, has a fragment (after #), which is never sent to servers. Leave it out.");

    [DoesNotReturn]
    public static Exception NetworkUnknown(string name, IEnumerable<string> known) =>
        throw new ArchiveException(
            FailureKind.Usage, ArchiveErrorCode.Location,
            $"There is no known archive of a network \"{name}\". Known networks are {string.Join(", ", known)}; for any other, name the "
                + $"URL of its archive.");

    [DoesNotReturn]
    public static Exception ReadFailed(string url, long offset, int attempts, HttpFailureException failure)
    {
        string place = offset == 0 ? url : FormattableString.Invariant($"{url}, from byte {offset:N0} on,");
        string effort = attempts == 1 ? "" : FormattableString.Invariant($", after {attempts} attempts");
        throw new ArchiveException(FailureKind.Archive, failure.Code,
            $"{place} could not be read: {failure.Message}{effort}. {failure.Advice}", url, offset, innerException: failure);
    }

    [DoesNotReturn]
    public static Exception NoMirrors() =>
        throw new ArchiveException(FailureKind.Usage, ArchiveErrorCode.Location, "No archive was named. Name at least one folder or URL.");

    [DoesNotReturn]
    public static Exception MirrorsFailed(
        string path, long offset, int rounds, string code, IReadOnlyList<string> verdicts, Exception? last)
    {
        string place = offset == 0 ? path : FormattableString.Invariant($"{path}, from byte {offset:N0} on,");
        string effort = rounds <= 1 ? "" : FormattableString.Invariant($", after {rounds} rounds");
        throw new ArchiveException(
            FailureKind.Archive,
            code,
            string.Create(CultureInfo.InvariantCulture,
                $"{place} could not be read from any of {verdicts.Count} archives{effort}: {string.Join(" | ", verdicts)} Try again "
                        + $"later, or name more archives."),
            path,
            offset,
            innerException: last);
    }

    [DoesNotReturn]
    public static Exception MustBeWhole(string location, long offset, ArchiveException error) =>
        throw new ArchiveException(
            FailureKind.Archive,
            TransportErrorCode.FileChanged,
            string.Create(CultureInfo.InvariantCulture,
                $"{location} broke off at byte {offset:N0}, and earlier, parts of this file from different archives did not fit together. "
                        + $"Read it again from its start. Cause: {error.Message}"),
            location,
            offset,
            innerException: error);

    /// <summary>Creates the error for a mirror that ended too early; thrown only if no other mirror can continue.</summary>
    public static ArchiveException EndedEarly(string location, long expectedBytes, long position) => new(
        FailureKind.Archive,
        ArchiveErrorCode.ReadFailed,
        FormattableString.Invariant($"{location} ended at byte {position:N0}, although {expectedBytes:N0} bytes were announced."),
        location,
        position);

    /// <summary>Creates the error for a mirror in a folder; thrown only if no other mirror can continue.</summary>
    public static ArchiveException FolderFailed(string location, Exception error) => new(
        FailureKind.Archive, ArchiveErrorCode.ReadFailed,
        $"{location} could not be read: {error.Message} Check the permissions and the device.", location, innerException: error);
}
