using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Writing;

/// <summary>The fields of one LedgerHeader (stellar-core Stellar-ledger.x).</summary>
public sealed class LedgerHeaderFields
{
    /// <summary>Protocol version.</summary>
    public uint LedgerVersion { get; set; }

    /// <summary>Hash of the previous header, 32 bytes.</summary>
    public byte[] PreviousLedgerHash { get; set; } = new byte[32];

    /// <summary>
    /// Hash of the transaction set, 32 bytes. With <see cref="ValueExtension"/> 2 or 4 it is written into the extension, and zeros in its
    /// usual place.
    /// </summary>
    public byte[] TransactionSetHash { get; set; } = new byte[32];

    /// <summary>Close time, Unix seconds.</summary>
    public ulong CloseTime { get; set; }

    /// <summary>
    /// Close time, Unix milliseconds, for <see cref="ValueExtension"/> 3 and 4; null computes it from <see cref="CloseTime"/>.
    /// </summary>
    public ulong? CloseTimeMilliseconds { get; set; }

    /// <summary>Upgrades, each an opaque of at most 128 bytes.</summary>
    public IReadOnlyList<byte[]> Upgrades { get; set; } = [];

    /// <summary>
    /// The extension arm of StellarValue: 0 BASIC, 1 SIGNED, 2 EMPTY_TX_SET (CAP-83), 3 SIGNED_MS, 4 EMPTY_TX_SET_MS (CAP-88). Any other
    /// number, such as one of a later protocol, is written without content.
    /// </summary>
    public int ValueExtension { get; set; }

    /// <summary>The hash of the previous header in arms 2 and 4; null writes <see cref="PreviousLedgerHash"/>.</summary>
    public byte[]? ProposedPreviousLedgerHash { get; set; }

    /// <summary>The protocol of the previous ledger in arms 2 and 4; null writes <see cref="LedgerVersion"/>.</summary>
    public uint? PreviousLedgerVersion { get; set; }

    /// <summary>The node that signed, 32 bytes.</summary>
    public byte[] NodeId { get; set; } = new byte[32];

    /// <summary>Its signature, at most 64 bytes.</summary>
    public byte[] Signature { get; set; } = new byte[64];

    /// <summary>Hash of the transaction results, 32 bytes.</summary>
    public byte[] ResultSetHash { get; set; } = new byte[32];

    /// <summary>Hash of the bucket lists, 32 bytes.</summary>
    public byte[] BucketListHash { get; set; } = new byte[32];

    /// <summary>Ledger number.</summary>
    public uint LedgerSequence { get; set; }

    /// <summary>All native coins, stroops.</summary>
    public long TotalCoins { get; set; } = 1_000_000_000_000_000_000;

    /// <summary>The fee pool, stroops.</summary>
    public long FeePool { get; set; }

    /// <summary>Inflation runs so far.</summary>
    public uint InflationSequence { get; set; }

    /// <summary>The last assigned offer id.</summary>
    public ulong IdPool { get; set; }

    /// <summary>Base fee, stroops.</summary>
    public uint BaseFee { get; set; } = 100;

    /// <summary>Base reserve, stroops.</summary>
    public uint BaseReserve { get; set; } = 5_000_000;

    /// <summary>Most operations in a transaction set.</summary>
    public uint TransactionSetLimit { get; set; } = 100;

    /// <summary>Flags of header extension 1; null writes extension 0.</summary>
    public uint? Flags { get; set; }

    /// <summary>Writes the header.</summary>
    /// <param name="writer">Receives the bytes.</param>
    public void Write(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteUInt32(LedgerVersion);
        writer.WriteFixedOpaque(PreviousLedgerHash);
        WriteValue(writer);
        writer.WriteFixedOpaque(ResultSetHash);
        writer.WriteFixedOpaque(BucketListHash);
        writer.WriteUInt32(LedgerSequence);
        writer.WriteInt64(TotalCoins);
        writer.WriteInt64(FeePool);
        writer.WriteUInt32(InflationSequence);
        writer.WriteUInt64(IdPool);
        writer.WriteUInt32(BaseFee);
        writer.WriteUInt32(BaseReserve);
        writer.WriteUInt32(TransactionSetLimit);
        writer.Take(4 * 32).Clear();
        writer.WriteBool(Flags.HasValue);
        if (Flags is not { } flags) return;
        writer.WriteUInt32(flags);
        writer.WriteInt32(0);
    }

    private void WriteValue(XdrWriter writer)
    {
        bool isEmptySet = ValueExtension is 2 or 4;
        writer.WriteFixedOpaque(isEmptySet ? stackalloc byte[32] : TransactionSetHash);
        writer.WriteUInt64(CloseTime);
        writer.WriteInt32(Upgrades.Count);
        foreach (byte[] upgrade in Upgrades) writer.WriteOpaque(upgrade);
        writer.WriteInt32(ValueExtension);
        if (ValueExtension is 3 or 4) writer.WriteUInt64(CloseTimeMilliseconds ?? (CloseTime * 1000));
        if (isEmptySet)
        {
            writer.WriteFixedOpaque(TransactionSetHash);
            writer.WriteFixedOpaque(ProposedPreviousLedgerHash ?? PreviousLedgerHash);
            writer.WriteUInt32(PreviousLedgerVersion ?? LedgerVersion);
        }

        if (ValueExtension is not (>= 1 and <= 4)) return;
        writer.WriteAccountId(NodeId);
        writer.WriteOpaque(Signature);
    }
}
