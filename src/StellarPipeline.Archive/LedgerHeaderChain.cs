using StellarPipeline.Xdr;

namespace StellarPipeline.Archive;

/// <summary>Proves the ledger headers of one checkpoint: each hashes to the hash beside it, and each names the one before.</summary>
/// <remarks>
/// The file must hold the checkpoint's ledgers, all of them, in order, and nothing else (stellar-core src/catchup/VerifyLedgerChainWork.cpp).
/// That proves the headers to agree with each other; what anchors the last one is a hash from elsewhere.
/// </remarks>
internal static class LedgerHeaderChain
{
    /// <summary>Room for one header: the largest possible one, with six upgrades of 128 bytes, has about 1,500 bytes.</summary>
    private const int BytesPerLedger = 16 * 1024;

    /// <summary>Largest accepted file of a checkpoint's headers, in uncompressed bytes: 1 MiB at the default frequency.</summary>
    /// <param name="schedule">The archive's schedule.</param>
    public static int FileBytesMax(CheckpointSchedule schedule) => schedule.Frequency * BytesPerLedger;

    /// <summary>Reads a checkpoint's headers from an archive and proves them.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="schedule">The archive's schedule.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The last header: the checkpoint's; null when the archive has no such file.</returns>
    /// <exception cref="ArchiveException">The file cannot be read, is damaged, or is not a chain of exactly these ledgers.</exception>
    public static async Task<LedgerHeader?> ReadAsync(IArchiveTransport transport, CheckpointSchedule schedule, uint checkpoint, CancellationToken cancellationToken)
    {
        string file = ArchivePath.Ledgers(checkpoint);
        byte[]? content = await ArchiveFile.ReadContentAsync(transport, file, FileBytesMax(schedule), cancellationToken).ConfigureAwait(false);
        return content is null ? null : Verify(content, file, schedule, checkpoint);
    }

    /// <summary>Proves a file of headers.</summary>
    /// <param name="content">Its uncompressed content.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="schedule">The archive's schedule.</param>
    /// <param name="checkpoint">The checkpoint that the file belongs to.</param>
    /// <returns>The last header: the checkpoint's.</returns>
    /// <exception cref="ArchiveException">The file is damaged, or is not a chain of exactly these ledgers.</exception>
    public static LedgerHeader Verify(ReadOnlySpan<byte> content, string file, CheckpointSchedule schedule, uint checkpoint)
    {
        int expectedCount = schedule.LedgerCount(checkpoint);
        uint sequence = schedule.FirstLedgerIn(checkpoint);
        LedgerHeader? previous = null;
        int position = 0;
        int count = 0;
        while (position < content.Length)
        {
            var place = new RecordPlace(file, null, count + 1, position);
            LedgerHeader header = ReadRecord(content, ref position, place);
            if (count == expectedCount)
                ArchiveThrow.HeaderSurplus(place, checkpoint, expectedCount);
            if (header.Sequence != sequence)
                ArchiveThrow.HeaderSequence(place, sequence, header.Sequence);
            if (previous is not null && header.PreviousHash != previous.Hash)
                ArchiveThrow.HeaderLink(place, header.Sequence, header.PreviousHash, previous.Hash);
            previous = header;
            sequence++;
            count++;
        }

        if (count != expectedCount)
            ArchiveThrow.HeaderCount(file, checkpoint, expectedCount, count);
        return previous!;
    }

    private static LedgerHeader ReadRecord(ReadOnlySpan<byte> content, ref int position, in RecordPlace place)
    {
        ReadOnlySpan<byte> rest = content[position..];
        if (rest.Length < RecordMark.Bytes)
            ArchiveThrow.RecordTruncated(place, rest);
        if (!RecordMark.TryRead(rest, BytesPerLedger, out int bodyBytes))
            ArchiveThrow.RecordMark(place, rest, BytesPerLedger);
        if (bodyBytes > rest.Length - RecordMark.Bytes)
            ArchiveThrow.RecordTruncated(place, rest);
        position += RecordMark.Bytes + bodyBytes;
        try
        {
            return LedgerHeader.Read(rest.Slice(RecordMark.Bytes, bodyBytes), place);
        }
        catch (XdrFormatException error)
        {
            throw ArchiveThrow.RecordFormat(place, "LedgerHeaderHistoryEntry", error);
        }
    }
}
