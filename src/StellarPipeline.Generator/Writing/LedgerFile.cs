using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace StellarPipeline.Generator;

/// <summary>Makes the ledger file of a checkpoint: a chain of headers whose last one commits to the bucket lists.</summary>
/// <remarks>
/// One framed LedgerHeaderHistoryEntry per ledger: hash of the header, header, extension 0 (stellar-core Stellar-ledger.x). Only the last header's bucket list hash is true;
/// the others, like the link to the ledger before the first, are made up, since nothing in an archive of one checkpoint can contradict them.
/// </remarks>
public static class LedgerFile
{
    private const ulong GenesisCloseTime = 1_443_657_600;
    private const int SecondsPerLedger = 5;

    /// <summary>Makes the records.</summary>
    /// <param name="settings">The archive's settings.</param>
    /// <param name="bucketListHash">What the last header commits to, 32 bytes.</param>
    /// <param name="lastHeaderHash">The hash of the last header.</param>
    /// <returns>Record bodies, first ledger first.</returns>
    public static List<byte[]> Make(ArchiveSettings settings, byte[] bucketListHash, out byte[] lastHeaderHash)
    {
        ArgumentNullException.ThrowIfNull(settings);
        List<byte[]> records = [];
        byte[] previous = settings.FirstLedger == 1 ? new byte[32] : Invent("header", settings.FirstLedger - 1);
        for (ulong ledger = settings.FirstLedger; ledger <= settings.CheckpointLedger; ledger++)
        {
            LedgerHeaderFields header = Header(settings, (uint)ledger, previous);
            if (ledger == settings.CheckpointLedger) header.BucketListHash = bucketListHash;
            settings.EditHeader?.Invoke((uint)ledger, header);
            using XdrWriter writer = new();
            header.Write(writer);
            previous = SHA256.HashData(writer.WrittenSpan);
            records.Add([.. previous, .. writer.WrittenSpan, 0, 0, 0, 0]);
        }

        lastHeaderHash = previous;
        return records;
    }

    private static LedgerHeaderFields Header(ArchiveSettings settings, uint ledger, byte[] previous) => new()
    {
        LedgerVersion = settings.Protocol,
        PreviousLedgerHash = previous,
        TransactionSetHash = EmptyTransactionSet(settings.Protocol, previous),
        CloseTime = GenesisCloseTime + ((ulong)ledger * SecondsPerLedger),
        ValueExtension = settings.SignedValues ? 1 : 0,
        NodeId = Invent("node", 1),
        Signature = [.. Invent("signature", ledger), .. Invent("signature", ~ledger)],
        ResultSetHash = SHA256.HashData(new byte[4]),
        BucketListHash = Invent("buckets", ledger),
        LedgerSequence = ledger,
        BaseReserve = settings.BaseReserve,
    };

    // Legacy sets hash the previous ledger hash and their envelopes; generalized ones (protocol 20 on) hash their XDR, here two phases without components.
    private static byte[] EmptyTransactionSet(uint protocol, byte[] previous)
    {
        if (protocol < 20) return SHA256.HashData(previous);
        using XdrWriter writer = new(128);
        writer.WriteInt32(1);
        writer.WriteFixedOpaque(previous);
        writer.WriteInt32(2);
        writer.WriteInt32(0);
        writer.WriteInt32(0);
        writer.WriteInt32(protocol >= 23 ? 1 : 0);
        if (protocol >= 23) writer.WriteInt32(0);
        writer.WriteInt32(0);
        return SHA256.HashData(writer.WrittenSpan);
    }

    private static byte[] Invent(string what, uint number)
    {
        Span<byte> seed = stackalloc byte[64];
        int length = Encoding.ASCII.GetBytes(what, seed);
        BinaryPrimitives.WriteUInt32BigEndian(seed[length..], number);
        return SHA256.HashData(seed[..(length + 4)]);
    }
}
