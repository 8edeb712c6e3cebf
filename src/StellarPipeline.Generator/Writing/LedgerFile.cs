using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Writing;

/// <summary>Makes the ledger file of a checkpoint: a chain of headers; the last one has the hash of the bucket lists.</summary>
/// <remarks>
/// One framed LedgerHeaderHistoryEntry per ledger: hash of the header, header, extension 0 (stellar-core Stellar-ledger.x). Only the last
/// header's bucket list hash is right; the others and the link of the first header are invented, because nothing in an archive of one
/// checkpoint can contradict them.
/// </remarks>
internal static class LedgerFile
{
    private const ulong GenesisCloseTime = 1_443_657_600;
    private const ulong SecondsPerLedger = 5;

    // Since this protocol the values in headers are signed (stellar-core src/herder/HerderSCPDriver.cpp).
    private const uint SignedValuesProtocol = 14;

    // Milliseconds between ledgers, repeated: some consecutive ledgers share a second.
    private static readonly ulong[] MillisecondsPerLedger = [250, 400, 1_100, 4_900];

    /// <summary>Makes the records.</summary>
    /// <param name="settings">The archive's settings.</param>
    /// <param name="bucketListHash">The bucket list hash of the last header, 32 bytes.</param>
    /// <param name="lastHeaderHash">The hash of the last header.</param>
    /// <returns>Record bodies, first ledger first.</returns>
    public static List<byte[]> Make(ArchiveSettings settings, byte[] bucketListHash, out byte[] lastHeaderHash)
    {
        ArgumentNullException.ThrowIfNull(settings);
        List<byte[]> records = [];
        byte[] previous = settings.FirstLedger == 1 ? new byte[32] : Invent("header", settings.FirstLedger - 1);
        ulong milliseconds = 0;
        for (ulong ledger = settings.FirstLedger; ledger <= settings.CheckpointLedger; ledger++)
        {
            bool hasMilliseconds = ProtocolBefore(settings, (uint)ledger) >= StellarProtocols.Milliseconds;
            milliseconds = hasMilliseconds && records.Count > 0
                ? milliseconds + MillisecondsPerLedger[records.Count % MillisecondsPerLedger.Length]
                : (GenesisCloseTime + (ledger * SecondsPerLedger)) * 1000;
            LedgerHeaderFields header =
                Header(settings, (uint)ledger, previous, milliseconds, isDropped: settings.DroppedSets && records.Count % 5 == 1);
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

    private static LedgerHeaderFields Header(ArchiveSettings settings, uint ledger, byte[] previous, ulong milliseconds, bool isDropped)
    {
        uint before = ProtocolBefore(settings, ledger);
        bool isUpgrade = ledger == settings.UpgradeLedger;
        return new LedgerHeaderFields
        {
            LedgerVersion = isUpgrade ? settings.Protocol : before,
            PreviousLedgerHash = previous,
            PreviousLedgerVersion = before,
            TransactionSetHash = EmptyTransactionSet(before, previous),
            CloseTime = milliseconds / 1000,
            CloseTimeMilliseconds = milliseconds,
            Upgrades = isUpgrade ? [Upgrade(settings.Protocol)] : [],
            ValueExtension = ValueExtension(settings, ledger, before, isDropped),
            NodeId = Invent("node", 1),
            Signature = [.. Invent("signature", ledger), .. Invent("signature", ~ledger)],
            ResultSetHash = SHA256.HashData(new byte[4]),
            BucketListHash = Invent("buckets", ledger),
            LedgerSequence = ledger,
            BaseReserve = settings.BaseReserve,
        };
    }

    // Ledger 1 has no consensus: its value is not signed, whatever its protocol.
    private static int ValueExtension(ArchiveSettings settings, uint ledger, uint protocolBefore, bool isDropped)
    {
        if (ledger == 1) return 0;
        isDropped &= protocolBefore >= StellarProtocols.EmptyTransactionSets;
        if (protocolBefore >= StellarProtocols.Milliseconds) return isDropped ? 4 : 3;
        return isDropped ? 2 : settings.SignedValues && protocolBefore >= SignedValuesProtocol ? 1 : 0;
    }

    private static uint ProtocolBefore(ArchiveSettings settings, uint ledger) =>
        settings.Protocol - (ledger <= settings.UpgradeLedger ? 1u : 0u);

    // A LedgerUpgrade, arm 1: the protocol after the upgrade.
    private static byte[] Upgrade(uint protocol)
    {
        using XdrWriter writer = new(8);
        writer.WriteInt32(1);
        writer.WriteUInt32(protocol);
        return writer.ToArray();
    }

    // The hash of a legacy set covers the previous ledger hash and the envelopes; that of a generalized set (from protocol 20 on) its XDR,
    // here two phases without components.
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
