using System.Buffers.Binary;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>The header of one ledger: the fields that a checkpoint's proof and a load need.</summary>
/// <remarks>Format: <see cref="LedgerHeaderEntryView"/>. Proved by <see cref="LedgerHeaderChain"/>.</remarks>
public sealed record LedgerHeader
{
    private LedgerHeader(LedgerHeaderEntryView entry)
    {
        LedgerHeaderView header = entry.Header;
        Hash = new Hash256(entry.Hash);
        PreviousHash = new Hash256(header.PreviousLedgerHash);
        Sequence = header.Sequence;
        ProtocolVersion = header.ProtocolVersion;
        CloseTimeSeconds = header.Value.CloseTimeSeconds;
        CloseTimeMilliseconds = header.Value.CloseTimeMilliseconds;
        BucketListHash = new Hash256(header.BucketListHash);
        BaseFee = header.BaseFee;
        BaseReserve = header.BaseReserve;
    }

    /// <summary>SHA-256 of the header's XDR.</summary>
    public Hash256 Hash { get; }

    /// <summary>Hash of the previous ledger's header.</summary>
    public Hash256 PreviousHash { get; }

    /// <summary>Ledger number.</summary>
    public uint Sequence { get; }

    /// <summary>Protocol version at the end of the ledger.</summary>
    public uint ProtocolVersion { get; }

    /// <summary>When the ledger closed, in whole seconds since 1970-01-01 UTC, rounded down. Neighbouring ledgers may share it.</summary>
    public ulong CloseTimeSeconds { get; }

    /// <summary>
    /// When the ledger closed, in milliseconds since 1970-01-01 UTC; null if the header has none: milliseconds begin after the upgrade to
    /// protocol 30.
    /// </summary>
    public ulong? CloseTimeMilliseconds { get; }

    /// <summary>Bucket list hash, which covers all buckets; see <see cref="BucketListCommitment"/>.</summary>
    public Hash256 BucketListHash { get; }

    /// <summary>Fee per operation, in stroops (10⁻⁷ of the native asset).</summary>
    public uint BaseFee { get; }

    /// <summary>Reserve per ledger entry, in stroops: minimum balances are multiples of it.</summary>
    public uint BaseReserve { get; }

    /// <summary>When the ledger closed, as exactly as the header says. A time after the year 9999 becomes the end of that year.</summary>
    public DateTimeOffset CloseTime => CloseTimeSeconds >= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        ? DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        : DateTimeOffset.FromUnixTimeMilliseconds((long)(CloseTimeMilliseconds ?? (CloseTimeSeconds * 1000)));

    /// <summary>Copies the needed fields of a header.</summary>
    /// <param name="entry">The header and its hash.</param>
    internal static LedgerHeader Of(LedgerHeaderEntryView entry) => new(entry);

    /// <summary>Reads a header and checks its hash against the one stored with it.</summary>
    /// <param name="entry">The bytes of one <c>LedgerHeaderHistoryEntry</c>, nothing else.</param>
    /// <param name="allowNewerProtocol">True accepts a header of an unknown protocol if it decodes.</param>
    /// <param name="place">Where the record is, for messages.</param>
    /// <exception cref="ArchiveException">The bytes are not a header, its hash is wrong, or its protocol is newer (codes XDR_FORMAT,
    /// REC_TRAILING, HEADER_HASH, PROTOCOL_UNSUPPORTED).</exception>
    internal static LedgerHeaderEntryView Read(ReadOnlySpan<byte> entry, bool allowNewerProtocol, in RecordPlace place)
    {
        LedgerHeaderEntryView view;
        try
        {
            view = LedgerHeaderEntryView.Parse(entry);
        }
        catch (XdrFormatException error)
        {
            throw ArchiveThrow.RecordFormat(place, "LedgerHeaderHistoryEntry", error, ProtocolOfUnreadable(entry));
        }

        LedgerHeaderView header = view.Header;
        var named = new Hash256(view.Hash);
        var found = Hash256.Of(header.Encoded);
        if (found != named)
            ArchiveThrow.HeaderHash(place, header.Sequence, named, found);
        if (!StellarProtocols.IsKnown(header.ProtocolVersion) && !allowNewerProtocol)
            ArchiveThrow.ProtocolUnsupported(place, header.Sequence, header.ProtocolVersion);
        return view;
    }

    // The protocol is the first field, so even an undecodable header names it; it is trusted if the bytes have the stored hash.
    private static uint? ProtocolOfUnreadable(ReadOnlySpan<byte> entry)
    {
        const int extensionBytes = 4;
        if (entry.Length < Hash256.LengthBytes + sizeof(uint) + extensionBytes)
            return null;
        ReadOnlySpan<byte> header = entry[Hash256.LengthBytes..^extensionBytes];
        return Hash256.Of(header) == new Hash256(entry[..Hash256.LengthBytes]) ? BinaryPrimitives.ReadUInt32BigEndian(header) : null;
    }
}
