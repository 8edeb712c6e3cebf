using System.Numerics;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>
/// Proves the ledger headers of one checkpoint: each has the hash stored with it, names the previous header's hash, and has a value that
/// may follow it.
/// </summary>
/// <remarks>
/// The file must contain all ledgers of the checkpoint, in order, and nothing else (stellar-core src/catchup/VerifyLedgerChainWork.cpp).
/// <see cref="LedgerHeaderRules"/> decides which form of value, close time and protocol may follow; the predecessor of the first header is
/// not in the file. This proves that the headers agree with each other; a hash from elsewhere must anchor the last one.
/// </remarks>
internal static class LedgerHeaderChain
{
    /// <summary>Bytes allowed per header; the largest possible one, with six upgrades of 128 bytes, has about 1,500 bytes.</summary>
    private const int BytesPerLedger = 16 * 1024;

    /// <summary>Size limit of a checkpoint's header file, in uncompressed bytes: 1 MiB at the default frequency.</summary>
    /// <param name="schedule">The archive's schedule.</param>
    public static int MaxFileBytes(CheckpointSchedule schedule) => schedule.Frequency * BytesPerLedger;

    /// <summary>Reads a checkpoint's headers from an archive and proves them.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="options">The archive's schedule, and whether newer protocols are accepted.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <param name="ledger">The ledger of the checkpoint whose header is returned; null for the last one.</param>
    /// <returns>The header; null if the file does not exist.</returns>
    /// <exception cref="ArchiveException">The file cannot be read, is damaged, or is not a chain of exactly these ledgers.</exception>
    public static async Task<LedgerHeader?> ReadAsync(
        IArchiveTransport transport, HistoryArchiveOptions options, uint checkpoint, CancellationToken cancellationToken,
        uint? ledger = null)
    {
        string file = ArchivePath.Ledgers(checkpoint);
        byte[]? content =
            await ArchiveFile.ReadContentAsync(transport, file, MaxFileBytes(options.Schedule), cancellationToken).ConfigureAwait(false);
        if (content is null)
            return null;
        try
        {
            return Verify(content, file, options.Schedule, checkpoint, options.AllowNewerProtocol, ledger);
        }
        catch (ArchiveException error) when (error.Code is ArchiveErrorCode.HeaderChain or ArchiveErrorCode.HeaderCount)
        {
            // A sound file of another frequency looks like a damaged file of this one.
            if (FindFrequency(content, file, checkpoint) is not var (ledgers, frequency) || frequency == options.Schedule.Frequency)
                throw;
            throw ArchiveThrow.FrequencyOfFile(file, checkpoint, ledgers, frequency, options.Schedule.Frequency);
        }
    }

    /// <summary>Proves a file of headers.</summary>
    /// <param name="content">Its uncompressed content.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="schedule">The archive's schedule.</param>
    /// <param name="checkpoint">The checkpoint that the file belongs to.</param>
    /// <param name="allowNewerProtocol">True accepts headers of an unknown protocol if they decode.</param>
    /// <param name="ledger">The ledger of the checkpoint whose header is returned; null for the last one.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ArchiveException">The file is damaged, or is not a chain of exactly these ledgers.</exception>
    public static LedgerHeader Verify(
        ReadOnlySpan<byte> content, string file, CheckpointSchedule schedule, uint checkpoint, bool allowNewerProtocol = false,
        uint? ledger = null)
    {
        int expectedCount = schedule.LedgerCount(checkpoint);
        uint sequence = schedule.FirstLedgerIn(checkpoint);
        LedgerPredecessor? previous = null;
        Hash256 previousHash = default;
        LedgerHeader? wanted = null;
        int position = 0;
        int count = 0;
        while (position < content.Length)
        {
            var place = new RecordPlace(file, null, count + 1, position);
            LedgerHeaderEntryView entry = LedgerHeader.Read(NextRecord(content, ref position, place), allowNewerProtocol, place);
            LedgerHeaderView header = entry.Header;
            if (count == expectedCount)
                ArchiveThrow.HeaderSurplus(place, checkpoint, expectedCount);
            if (header.Sequence != sequence)
                ArchiveThrow.HeaderSequence(place, sequence, header.Sequence);
            var named = new Hash256(header.PreviousLedgerHash);
            if (previous is not null && named != previousHash)
                ArchiveThrow.HeaderLink(place, header.Sequence, named, previousHash);
            LedgerHeaderProblem problem = LedgerHeaderRules.Check(header, previous);
            if (problem != LedgerHeaderProblem.None)
                ArchiveThrow.HeaderValue(place, LedgerHeaderRules.Describe(problem, header, previous));
            previous = LedgerPredecessor.Of(header);
            previousHash = new Hash256(entry.Hash);
            sequence++;
            count++;
            if (header.Sequence == (ledger ?? checkpoint))
                wanted = LedgerHeader.Of(entry);
        }

        if (count != expectedCount)
            ArchiveThrow.HeaderCount(file, checkpoint, expectedCount, count);
        return wanted!;
    }

    private static (int Ledgers, int Frequency)? FindFrequency(ReadOnlySpan<byte> content, string file, uint checkpoint)
    {
        try
        {
            int ledgers = 0;
            uint first = 0;
            uint last = 0;
            for (int position = 0; position < content.Length; ledgers++)
            {
                var place = new RecordPlace(file, null, ledgers + 1, position);
                last = LedgerHeader.Read(NextRecord(content, ref position, place), allowNewerProtocol: true, place).Header.Sequence;
                first = ledgers == 0 ? last : first;
                if (last != first + ledgers)
                    return null;
            }

            // The first checkpoint has one ledger less, because there is no ledger 0.
            int frequency = first == 1 && last == ledgers ? ledgers + 1 : ledgers;
            bool isSchedule = frequency is >= 2 and <= CheckpointSchedule.MaximumFrequency && BitOperations.IsPow2(frequency);
            return isSchedule && last == checkpoint && new CheckpointSchedule(frequency).IsCheckpoint(checkpoint)
                ? (ledgers, frequency)
                : null;
        }
        catch (ArchiveException)
        {
            return null;
        }
    }

    private static ReadOnlySpan<byte> NextRecord(ReadOnlySpan<byte> content, ref int position, in RecordPlace place)
    {
        ReadOnlySpan<byte> rest = content[position..];
        if (rest.Length < RecordMark.Bytes)
            ArchiveThrow.RecordTruncated(place, rest);
        if (!RecordMark.TryRead(rest, BytesPerLedger, out int bodyBytes))
            ArchiveThrow.RecordMark(place, rest, BytesPerLedger);
        if (bodyBytes > rest.Length - RecordMark.Bytes)
            ArchiveThrow.RecordTruncated(place, rest);
        position += RecordMark.Bytes + bodyBytes;
        return rest.Slice(RecordMark.Bytes, bodyBytes);
    }
}
