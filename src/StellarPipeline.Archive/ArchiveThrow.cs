using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive;

/// <summary>Every error that this project throws: what happened, where, what to do.</summary>
/// <remarks>
/// Every method throws; none returns. Some have an exception as return type, so that the caller can write <c>throw</c> where the compiler
/// needs to see the end of a path.
/// </remarks>
internal static partial class ArchiveThrow
{
    private const string TryAnotherCopy = "The archive copy is damaged: try another archive.";

    [DoesNotReturn]
    public static void LocationEmpty() =>
        Usage(
            ArchiveErrorCode.Location,
            "The location of the archive is empty. Name the folder that contains .well-known, as a path or as a file:// URL.");

    [DoesNotReturn]
    public static void LocationSchemeUnknown(string scheme) =>
        Usage(
            ArchiveErrorCode.Location,
            $"Archives at {scheme}:// URLs are not supported. Name a folder, as a path or as a file:// URL, or a server, as an http:// or "
            + "https:// URL.");

    [DoesNotReturn]
    public static void LocationNotLocal(string location) =>
        Usage(
            ArchiveErrorCode.Location,
            $"\"{location}\" is not a URL of a local folder. It must look like file:///path/to/archive, with three slashes and no host.");

    [DoesNotReturn]
    public static void LocationNotADirectory(string path) =>
        Usage(
            ArchiveErrorCode.Location,
            $"There is no folder {path}. Name the folder that contains .well-known, as a path or as a file:// URL.",
            path);

    [DoesNotReturn]
    public static Exception ReadFailed(string location, Exception error) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.ReadFailed,
            $"{location} could not be read: {error.Message} Check the permissions and the device, and run again.",
            location,
            innerException: error);

    [DoesNotReturn]
    public static void OptionsOutOfBounds(IReadOnlyList<string> problems) =>
        Usage(
            ArchiveErrorCode.Options,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{problems.Count} {(problems.Count == 1 ? "option" : "options")} for reading an archive out of range: "
                    + $"{string.Join("; ", problems)}."));

    [DoesNotReturn]
    public static void FrequencyNotSupported(int frequency) =>
        Usage(
            ArchiveErrorCode.CheckpointFrequency,
            string.Create(
                CultureInfo.InvariantCulture,
                $"A checkpoint frequency of {frequency:N0} ledgers is not supported. It is a power of two from 2 to "
                + $"{CheckpointSchedule.MaximumFrequency:N0}: 64 on public networks, 8 on networks with accelerated time."));

    [DoesNotReturn]
    public static void FrequencyMismatch(string file, uint ledger, int frequency) =>
        Usage(
            ArchiveErrorCode.CheckpointFrequency,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The newest ledger of the archive is {ledger:N0} ({file}), which does not end a checkpoint of {frequency} ledgers. Is the "
                + $"checkpoint frequency wrong? It is 64 on public networks, 8 on networks with accelerated time "
                + $"(CheckpointFrequency)."),
            file);

    [DoesNotReturn]
    public static Exception FrequencyOfFile(string file, uint checkpoint, int ledgers, int found, int expected) =>
        throw new ArchiveException(
            FailureKind.Usage,
            ArchiveErrorCode.CheckpointFrequency,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file} contains the {ledgers:N0} ledgers up to {checkpoint:N0}: a checkpoint of this archive has {found:N0} ledgers, "
                    + $"but {expected:N0} were expected. Set the checkpoint frequency of the network: CheckpointFrequency {found}."),
            file);

    [DoesNotReturn]
    public static void NotACheckpoint(uint ledger, int frequency, uint? before, uint after)
    {
        string offer = before is null
            ? FormattableString.Invariant($"the first is {after:N0}")
            : FormattableString.Invariant($"use {before:N0} or {after:N0}");
        Usage(
            ArchiveErrorCode.CheckpointSequence,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Ledger {ledger:N0} does not end a checkpoint. Checkpoints end where (ledger + 1) is divisible by {frequency}: {offer}."));
    }

    [DoesNotReturn]
    public static Exception RootStateMissing(string file, string archive) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.StateMissing,
            $"There is no {file} in {archive}, so this is not a history archive. Name the folder or URL that contains .well-known.",
            file);

    [DoesNotReturn]
    public static Exception StateMissing(string file, uint checkpoint, string archive, uint? newest)
    {
        string hint = newest is > 0
            ? FormattableString.Invariant($"Its newest published checkpoint is {newest:N0}.")
            : "It has not published any checkpoint.";
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.StateMissing,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The archive {archive} has no checkpoint {checkpoint:N0}: {file} is missing. {hint} Choose another checkpoint or another "
                + $"archive."),
            file);
    }

    [DoesNotReturn]
    public static void NothingPublished(string file, string archive) =>
        Damage(
            ArchiveErrorCode.NothingPublished,
            $"The archive {archive} was set up but has not published a checkpoint yet ({file} says ledger 0). Wait for the first one.",
            file);

    [DoesNotReturn]
    public static Exception StateNotJson(string file, long? line, long? byteInLine, ReadOnlySpan<byte> text)
    {
        string advice = text.StartsWith("{"u8) ? TryAnotherCopy : ContentHint.Of(text) ?? TryAnotherCopy;
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.StateJson,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file} is not the JSON text of an archive state: it is invalid JSON, or nested too deeply, in line "
                    + $"{line + 1:N0} at byte {byteInLine + 1:N0}. {advice}"),
            file);
    }

    [DoesNotReturn]
    public static Exception StateNotText(string file, long byteOffset, Exception error) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.StateJson,
            string.Create(CultureInfo.InvariantCulture,
                $"{file} is not the JSON text of an archive state: the string at byte {byteOffset:N0} is not valid Unicode. "
                    + $"{TryAnotherCopy}"),
            file,
            byteOffset,
            innerException: error);

    [DoesNotReturn]
    public static void StateText(string file, string member, int chars, int maxChars) =>
        StateShape(
            file,
            FormattableString.Invariant(
                $"\"{member}\" has {chars:N0} characters; at most {maxChars:N0} are allowed, and no control characters"));

    [DoesNotReturn]
    public static void StateShape(string file, string problem) =>
        Damage(
            ArchiveErrorCode.StateJson,
            $"{file} is not an archive state: {problem}. Either the copy is damaged, or the server stores other JSON under this name: "
                + $"check the URL, or try another archive.", file);

    [DoesNotReturn]
    public static void StateLevels(string file, string problem) =>
        Damage(ArchiveErrorCode.StateLevels, $"{file} does not describe a bucket list: {problem}. {TryAnotherCopy}", file);

    [DoesNotReturn]
    public static void StateLevelCount(string file, string list, int count) =>
        StateLevels(file, FormattableString.Invariant($"{list} has {count:N0} levels instead of {ArchiveState.LevelCount}"));

    [DoesNotReturn]
    public static void StateVersion(string file, int version) =>
        Damage(
            ArchiveErrorCode.StateVersion,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file} has version {version}; 1 and 2 are known. Does the archive use a newer protocol than this program supports? "
                + $"Update the program, or choose an older checkpoint."),
            file);

    [DoesNotReturn]
    public static void StateVersionOfProtocol(string file, int version, int expected, uint protocolVersion) =>
        Damage(
            ArchiveErrorCode.StateVersion,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file} has version {version}, but its ledger has protocol {protocolVersion}, which requires version "
                    + $"{expected} (2 from protocol {BucketListCommitment.HotArchiveProtocol} on). {TryAnotherCopy}"),
            file);

    [DoesNotReturn]
    public static void StateWithoutNetwork(string file) =>
        Damage(
            ArchiveErrorCode.StateNetwork,
            $"{file} does not contain a network passphrase, which version 2 of an archive state requires. {TryAnotherCopy}",
            file);

    [DoesNotReturn]
    public static void WrongNetwork(string file, string expected, string found) =>
        Usage(
            ArchiveErrorCode.StateNetwork,
            $"Wrong network: {file} belongs to \"{found}\", but \"{expected}\" was expected. Choose an archive of the right network, or "
            + "correct the network passphrase.",
            file);

    [DoesNotReturn]
    public static void PlacesOfTwoNetworks(string file, string found, string other, string network) =>
        Usage(
            ArchiveErrorCode.StateNetwork,
            $"The archives belong to different networks: {file} to \"{found}\", {other} to \"{network}\". Name archives of one "
                + $"network only.",
            file);

    [DoesNotReturn]
    public static void CheckpointTooOld(uint checkpoint, DateTimeOffset closeTime, TimeSpan age, TimeSpan maxAge, string archive) =>
        Usage(
            ArchiveErrorCode.CheckpointAge,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Checkpoint {checkpoint:N0} of {archive} closed {CheckpointAge.Describe(age)} ago, at {closeTime:yyyy-MM-dd HH:mm:ss} "
                    + $"UTC; the maximum age is {CheckpointAge.Describe(maxAge)}. Nothing was changed. Name an archive that is still "
                    + $"published, or allow older checkpoints (MaxAge)."));

    [DoesNotReturn]
    public static void StateSequence(string file, uint expected, uint found) =>
        Damage(
            ArchiveErrorCode.StateSequence,
            FormattableString.Invariant(
                $"{file} contains the state of ledger {found:N0}, but its name says {expected:N0}. {TryAnotherCopy}"),
            file);

    [DoesNotReturn]
    public static void FileTooLarge(string file, int maxBytes) =>
        Damage(
            ArchiveErrorCode.SizeLimit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file} is larger than {maxBytes:N0} bytes (uncompressed), the limit for such a file. {TryAnotherCopy}"),
            file,
            maxBytes);

    [DoesNotReturn]
    public static Exception HeadersMissing(string file, string archive) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.HeadersMissing,
            $"The archive {archive} has the checkpoint's state but not its ledger headers: {file} is missing{Refused(archive)}. The "
                + "archive is incomplete: try another one.",
            file);

    [DoesNotReturn]
    public static void HeaderHash(in RecordPlace place, uint ledger, Hash256 expected, Hash256 found) =>
        ThrowAt(
            place,
            ArchiveErrorCode.HeaderHash,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The header of ledger {ledger:N0} has SHA-256 {found}, but the hash stored with it is {expected} ({place}). "
                    + $"{TryAnotherCopy}"));

    [DoesNotReturn]
    public static void HeaderNotTrusted(string file, uint ledger, Hash256 trusted, Hash256 found) =>
        Damage(
            ArchiveErrorCode.HeaderHash,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The header of ledger {ledger:N0} has hash {found} in {file}, but the trusted hash is {trusted}. The archive does not "
                    + $"contain the trusted history: try another one, or correct the trusted hash."),
            file);

    [DoesNotReturn]
    public static void HeaderNotConfirmed(string file, uint ledger, Hash256 found, string other, Hash256 theirs) =>
        Damage(
            ArchiveErrorCode.HeaderNotConfirmed,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The header of ledger {ledger:N0} has hash {found} in {file}, but {theirs} in the confirming archive {other}. "
                    + $"At least one of the two does not contain the network's history: ask a third one, or give the hash yourself."),
            file);

    [DoesNotReturn]
    public static Exception ConfirmationMissing(string file, uint ledger, string other) =>
        throw new ArchiveException(
            FailureKind.Archive,
            ArchiveErrorCode.HeadersMissing,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The archive {other}, which should confirm the header of ledger {ledger:N0}, has no {file}. It may not have published "
                    + $"that checkpoint yet: try again later, choose an older checkpoint, or confirm with another archive."),
            file);

    [DoesNotReturn]
    public static void HeaderSequence(in RecordPlace place, uint expected, uint found) =>
        ThrowAt(
            place,
            ArchiveErrorCode.HeaderChain,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The ledger headers do not follow each other: ledger {expected:N0} was expected, {found:N0} found ({place}). "
                    + $"{TryAnotherCopy}"));

    [DoesNotReturn]
    public static void HeaderLink(in RecordPlace place, uint ledger, Hash256 named, Hash256 previous) =>
        ThrowAt(
            place,
            ArchiveErrorCode.HeaderChain,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The ledger headers do not follow each other: ledger {ledger:N0} names {named} as the hash of the header before it, but "
                + $"that header has hash {previous} ({place}). {TryAnotherCopy}"));

    [DoesNotReturn]
    public static void HeaderSurplus(in RecordPlace place, uint checkpoint, int expected) =>
        ThrowAt(
            place,
            ArchiveErrorCode.HeaderCount,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Checkpoint {checkpoint:N0} has {expected} ledgers, but its file continues after their headers ({place}). "
                    + $"{TryAnotherCopy}"));

    [DoesNotReturn]
    public static void HeaderCount(string file, uint checkpoint, int expected, int found) =>
        Damage(
            ArchiveErrorCode.HeaderCount,
            FormattableString.Invariant(
                $"{file} contains {found} ledger headers, but checkpoint {checkpoint:N0} has {expected} ledgers. {TryAnotherCopy}"),
            file);

    [DoesNotReturn]
    public static void BucketListHash(string file, uint checkpoint, Hash256 computed, Hash256 committed) =>
        Damage(
            ArchiveErrorCode.BucketListHash,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The buckets that {file} names have the list hash {computed}, but the header of ledger {checkpoint:N0} has {committed}. "
                + $"Either the copy is damaged, or the two files belong to different histories, as after a reset of a test network: try "
                + $"another archive."),
            file);

    [DoesNotReturn]
    private static void ThrowAt(in RecordPlace place, string code, string message, Exception? innerException = null) =>
        throw new ArchiveException(FailureKind.Archive, code, message, place.File, place.ByteOffset, place.Record, innerException);

    [DoesNotReturn]
    private static void Usage(string code, string message, string? file = null) =>
        throw new ArchiveException(FailureKind.Usage, code, message, file);

    [DoesNotReturn]
    private static void Damage(string code, string message, string? file = null, long? byteOffset = null) =>
        throw new ArchiveException(FailureKind.Archive, code, message, file, byteOffset);
}
