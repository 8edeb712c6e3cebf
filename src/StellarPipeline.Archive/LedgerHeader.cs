using StellarPipeline.Xdr;

namespace StellarPipeline.Archive;

/// <summary>The header of one ledger: what of it a checkpoint's proof and a load need.</summary>
/// <remarks>
/// Format: <c>LedgerHeaderHistoryEntry</c>, <c>LedgerHeader</c> and <c>StellarValue</c> in Stellar-ledger.x, up to protocol <see
/// cref="NewestProtocol"/>.
/// </remarks>
public sealed record LedgerHeader
{
    /// <summary>The newest protocol whose headers and entries are known: 28.</summary>
    public const uint NewestProtocol = 28;

    private const int UpgradeCount = 6;
    private const int UpgradeBytes = 128;
    private const int SignatureBytes = 64;
    private const int SkipListHashes = 4;

    /// <summary>SHA-256 of the header's XDR, as the archive gives it. <see cref="LedgerHeaderChain"/> has computed it again.</summary>
    public required BucketHash Hash { get; init; }

    /// <summary>Hash of the header before.</summary>
    public required BucketHash PreviousHash { get; init; }

    /// <summary>Ledger number.</summary>
    public required uint Sequence { get; init; }

    /// <summary>Protocol version that the ledger ended with.</summary>
    public required uint ProtocolVersion { get; init; }

    /// <summary>When the ledger closed, in seconds since 1970-01-01 UTC.</summary>
    public required ulong CloseTimeSeconds { get; init; }

    /// <summary>Commitment to all buckets, see <see cref="BucketListCommitment"/>.</summary>
    public required BucketHash BucketListHash { get; init; }

    /// <summary>Fee per operation, in stroops (10⁻⁷ of the native asset).</summary>
    public required uint BaseFee { get; init; }

    /// <summary>Reserve per ledger entry, in stroops: minimum balances are multiples of it.</summary>
    public required uint BaseReserve { get; init; }

    /// <summary>When the ledger closed. A time after the year 9999 is given as the end of that year.</summary>
    public DateTimeOffset CloseTime => DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(CloseTimeSeconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    /// <summary>Reads a header and checks that it hashes to the hash beside it.</summary>
    /// <param name="entry">The bytes of a <c>LedgerHeaderHistoryEntry</c>, nothing else.</param>
    /// <param name="place">Where the record is, for messages.</param>
    /// <exception cref="ArchiveException">Another hash, or a newer protocol (codes HEADER_HASH, PROTOCOL_UNSUPPORTED).</exception>
    /// <exception cref="XdrFormatException">The bytes are no such entry.</exception>
    internal static LedgerHeader Read(ReadOnlySpan<byte> entry, in RecordPlace place)
    {
        var reader = new XdrReader(entry);
        var hash = new BucketHash(reader.ReadFixedOpaque(BucketHash.LengthBytes, "LedgerHeaderHistoryEntry.hash"));
        int start = reader.Position;
        LedgerHeader header = ReadHeader(ref reader, hash, place);
        int end = reader.Position;
        reader.ReadExtensionPoint("LedgerHeaderHistoryEntry.ext");
        reader.EnsureEnd("LedgerHeaderHistoryEntry");
        var found = BucketHash.Of(entry[start..end]);
        if (found != hash)
            ArchiveThrow.HeaderHash(place, header.Sequence, hash, found);
        return header;
    }

    private static LedgerHeader ReadHeader(ref XdrReader reader, BucketHash hash, in RecordPlace place)
    {
        uint protocolVersion = reader.ReadUInt32("LedgerHeader.ledgerVersion");
        if (protocolVersion > NewestProtocol)
            ArchiveThrow.ProtocolUnsupported(place, protocolVersion, NewestProtocol);
        var previousHash = new BucketHash(reader.ReadFixedOpaque(BucketHash.LengthBytes, "LedgerHeader.previousLedgerHash"));
        ulong closeTime = ReadValue(ref reader);
        reader.Skip(BucketHash.LengthBytes, "LedgerHeader.txSetResultHash");
        var bucketListHash = new BucketHash(reader.ReadFixedOpaque(BucketHash.LengthBytes, "LedgerHeader.bucketListHash"));
        uint sequence = reader.ReadUInt32("LedgerHeader.ledgerSeq");
        reader.ReadInt64("LedgerHeader.totalCoins");
        reader.ReadInt64("LedgerHeader.feePool");
        reader.ReadUInt32("LedgerHeader.inflationSeq");
        reader.ReadUInt64("LedgerHeader.idPool");
        uint baseFee = reader.ReadUInt32("LedgerHeader.baseFee");
        uint baseReserve = reader.ReadUInt32("LedgerHeader.baseReserve");
        reader.ReadUInt32("LedgerHeader.maxTxSetSize");
        reader.Skip(SkipListHashes * BucketHash.LengthBytes, "LedgerHeader.skipList");
        if (reader.ReadExtension(1, "LedgerHeader.ext"))
        {
            reader.ReadUInt32("LedgerHeaderExtensionV1.flags");
            reader.ReadExtensionPoint("LedgerHeaderExtensionV1.ext");
        }

        return new LedgerHeader
        {
            Hash = hash,
            PreviousHash = previousHash,
            Sequence = sequence,
            ProtocolVersion = protocolVersion,
            CloseTimeSeconds = closeTime,
            BucketListHash = bucketListHash,
            BaseFee = baseFee,
            BaseReserve = baseReserve,
        };
    }

    private static ulong ReadValue(ref XdrReader reader)
    {
        reader.Skip(BucketHash.LengthBytes, "StellarValue.txSetHash");
        ulong closeTime = reader.ReadUInt64("StellarValue.closeTime");
        int upgrades = reader.ReadCount(sizeof(uint), UpgradeCount, "StellarValue.upgrades");
        for (int i = 0; i < upgrades; i++)
            reader.ReadVariableOpaque(UpgradeBytes, "StellarValue.upgrades");
        switch (reader.ReadDiscriminant(2, "StellarValue.ext"))
        {
            case 1:
                ReadSignature(ref reader);
                break;
            case 2:
                reader.Skip(BucketHash.LengthBytes, "StellarValueEmptyTxSet.txSetHash");
                reader.Skip(BucketHash.LengthBytes, "StellarValueEmptyTxSet.previousLedgerHash");
                reader.ReadUInt32("StellarValueEmptyTxSet.previousLedgerVersion");
                ReadSignature(ref reader);
                break;
        }

        return closeTime;
    }

    private static void ReadSignature(ref XdrReader reader)
    {
        reader.ReadDiscriminant(0, "LedgerCloseValueSignature.nodeID");
        reader.Skip(BucketHash.LengthBytes, "LedgerCloseValueSignature.nodeID");
        reader.ReadVariableOpaque(SignatureBytes, "LedgerCloseValueSignature.signature");
    }
}
