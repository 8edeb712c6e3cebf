using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Entries;

/// <summary>The body of a LIQUIDITY_POOL entry: a constant-product pool.</summary>
/// <remarks>Format: <c>LiquidityPoolEntry</c> in Stellar-ledger-entries.x. Amounts have 7 implied decimals.</remarks>
public readonly ref struct LiquidityPoolEntryView
{
    private const int AssetAOffset = LedgerEntryView.BodyOffset + Wire.HashBytes + 4;

    private readonly ReadOnlySpan<byte> entry;

    // First: asset B. Second: fee.
    private readonly EntryMarks marks;

    internal LiquidityPoolEntryView(ReadOnlySpan<byte> entry, scoped in EntryMarks marks)
    {
        this.entry = entry;
        this.marks = marks;
    }

    /// <summary>Hash that identifies the pool: 32 bytes.</summary>
    public ReadOnlySpan<byte> PoolId => Wire.Hash(entry, LedgerEntryView.BodyOffset);

    /// <summary>The first asset.</summary>
    public AssetView AssetA => new(entry[AssetAOffset..]);

    /// <summary>The second asset.</summary>
    public AssetView AssetB => new(entry[marks.First..]);

    /// <summary>Fee of a trade: hundredths of a percent. Always 30 as validators require.</summary>
    public int Fee => Wire.Int32(entry, marks.Second);

    /// <summary>Amount of the first asset in the pool.</summary>
    public long ReserveA => Wire.Int64(entry, marks.Second + 4);

    /// <summary>Amount of the second asset in the pool.</summary>
    public long ReserveB => Wire.Int64(entry, marks.Second + 12);

    /// <summary>Total number of pool shares.</summary>
    public long TotalPoolShares => Wire.Int64(entry, marks.Second + 20);

    /// <summary>Number of trustlines that hold shares of the pool.</summary>
    public long PoolSharesTrustlineCount => Wire.Int64(entry, marks.Second + 28);

    internal static void Check(ref XdrReader reader, ref EntryMarks marks)
    {
        reader.Skip(Wire.HashBytes, "LiquidityPoolEntry.liquidityPoolID");
        reader.ReadDiscriminant(0, "LiquidityPoolEntry.body");
        LedgerWalk.ReadAsset(ref reader);
        marks.First = reader.Position;
        LedgerWalk.ReadAsset(ref reader);
        marks.Second = reader.Position;
        reader.Skip(36, "LiquidityPoolEntry.constantProduct");
    }
}
