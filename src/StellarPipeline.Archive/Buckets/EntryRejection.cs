using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Errors that only the consumer of an entry can detect, reported with the place of the entry.</summary>
internal static class EntryRejection
{
    /// <summary>Decodes every entry of a chunk, and throws if one is not a valid LedgerEntry.</summary>
    /// <param name="source">The source that gave the chunk.</param>
    /// <param name="chunk">The chunk; the caller disposes it.</param>
    /// <exception cref="ArchiveException">An entry is not a valid LedgerEntry.</exception>
    public static void DecodeEach(this CheckpointEntrySource source, EntryChunk chunk) =>
        source.DecodeEach<XdrFormatException>(chunk, static (in LedgerEntryView _) => { });

    /// <summary>Decodes every entry of a chunk and passes it to an action; allocates nothing per entry.</summary>
    /// <typeparam name="TRefusal">Exception that <paramref name="action"/> throws for an entry that is valid XDR but has a value that it
    /// cannot accept.</typeparam>
    /// <param name="source">The source that gave the chunk.</param>
    /// <param name="chunk">The chunk; the caller disposes it.</param>
    /// <param name="action">Receives each entry.</param>
    /// <exception cref="ArchiveException">An entry is not a valid LedgerEntry, or the action refused it; the message names its
    /// place.</exception>
    public static void DecodeEach<TRefusal>(this CheckpointEntrySource source, EntryChunk chunk, LedgerEntryAction action)
        where TRefusal : Exception
    {
        ArgumentNullException.ThrowIfNull(chunk);
        ArgumentNullException.ThrowIfNull(action);
        EntryRecord record = default;
        try
        {
            foreach (EntryRecord next in chunk)
            {
                record = next;
                action(LedgerEntryView.Parse(record.LedgerEntry));
            }
        }
        catch (XdrFormatException error)
        {
            throw source.MalformedEntry(record, error);
        }
        catch (TRefusal error)
        {
            throw source.RefusedEntry(record, error.Message, error);
        }
    }

    /// <summary>Creates the error for an entry that is not a valid LedgerEntry.</summary>
    /// <param name="source">The source that gave the entry.</param>
    /// <param name="record">The entry.</param>
    /// <param name="error">What the decoder found.</param>
    /// <returns>The error to throw.</returns>
    public static ArchiveException MalformedEntry(this CheckpointEntrySource source, in EntryRecord record, XdrFormatException error)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(error);
        uint protocol = source.ProtocolVersion;
        return Make(
            source, record, ArchiveThrow.KindFor(protocol), ArchiveThrow.FormatCode(error, protocol),
            $"is not a ledger entry that this program knows. {error.Finding} {ArchiveThrow.Verdict(protocol)}", error);
    }

    /// <summary>Creates the error for an entry that is valid XDR but has a value that the ledger does not allow.</summary>
    /// <param name="source">The source that gave the entry.</param>
    /// <param name="record">The entry.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="error">The cause.</param>
    /// <returns>The error to throw.</returns>
    public static ArchiveException RefusedEntry(
        this CheckpointEntrySource source, in EntryRecord record, string problem, Exception? error = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Make(
            source, record, ArchiveThrow.KindFor(source.ProtocolVersion), ArchiveErrorCode.EntrySanity,
            $"holds a value that cannot be stored: {problem} {ArchiveThrow.Verdict(source.ProtocolVersion)}", error);
    }

    private static ArchiveException Make(CheckpointEntrySource source, in EntryRecord record, Dataflow.FailureKind kind, string code,
        string problem, Exception? error) => new(
            kind,
            code,
            $"The entry at {source.DescribeLocation(record.BucketIndex, record.RecordOffset)} {problem}",
            source.Buckets[record.BucketIndex].FileName,
            record.RecordOffset,
            innerException: error);
}
