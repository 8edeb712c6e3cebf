using System.Buffers.Binary;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Encodes the rows of classic balances: accounts, trustlines, pools and pool shares. The hot path: 95 % of all entries.</summary>
/// <remarks>
/// Rows follow wallet-backend's generation G2. Amounts are stroops (10^-7). last_modified_ledger is the checkpoint in every row, as in
/// wallet-backend, not the ledger of the entry's own last change.
/// </remarks>
internal sealed class BalanceRowEncoder : IDisposable
{
    /// <summary>Stroops per unit of reserve. wallet-backend uses this number on every network, whatever the header says.</summary>
    public const long BaseReserveStroops = 5_000_000;

    /// <summary>Units of reserve that every account needs.</summary>
    private const uint BaseReserveUnits = 2;

    private const int AddressBytes = 33;

    // Field offsets of the two fixed rows: 2 for the field count, then 4 for each length.
    private const int AddressAt = 6;
    private const int NativeBalanceAt = 43;
    private const int NativeMinimumAt = 55;
    private const int NativeBuyingAt = 67;
    private const int NativeSellingAt = 79;
    private const int NativeSubentriesAt = 91;
    private const int NativeLedgerAt = 99;
    private const int TrustlineAssetAt = 43;
    private const int TrustlineBalanceAt = 63;
    private const int TrustlineLimitAt = 75;
    private const int TrustlineBuyingAt = 87;
    private const int TrustlineSellingAt = 99;
    private const int TrustlineFlagsAt = 111;
    private const int TrustlineLedgerAt = 119;

    // Six fields: hexadecimal id, two assets, two reserves, ledger.
    private const int MaxPoolRowBytes = 2 + (6 * sizeof(int)) + 64 + (2 * AssetCode.CanonicalBytes) + (3 * sizeof(long));

    private readonly long checkpoint;
    private readonly TrustlineAssetTable assets;
    private readonly RowPageWriter native;
    private readonly RowPageWriter trustlines;
    private readonly RowPageWriter pools;
    private readonly RowPageWriter shares;
    private readonly List<RowPage> fullPages = [];
    private readonly FixedRowTemplate nativeRow = new(WalletTables.NativeBalances, AddressBytes, 8, 8, 8, 8, 4, 8);
    private readonly FixedRowTemplate trustlineRow =
        new(WalletTables.TrustlineBalances, AddressBytes, DeterministicId.Bytes, 8, 8, 8, 8, 4, 8);

    public BalanceRowEncoder(uint checkpoint, TrustlineAssetTable assets, PagePool pages)
    {
        this.checkpoint = checkpoint;
        this.assets = assets;
        native = new RowPageWriter(WalletTables.NativeBalances, pages);
        trustlines = new RowPageWriter(WalletTables.TrustlineBalances, pages);
        pools = new RowPageWriter(WalletTables.LiquidityPools, pages);
        shares = new RowPageWriter(WalletTables.LiquidityPoolBalances, pages);
        nativeRow.Template[AddressAt] = trustlineRow.Template[AddressAt] = (byte)StrKeyKind.Account;
        BinaryPrimitives.WriteInt64BigEndian(nativeRow.Template[NativeLedgerAt..], checkpoint);
        BinaryPrimitives.WriteInt64BigEndian(trustlineRow.Template[TrustlineLedgerAt..], checkpoint);
    }

    /// <summary>The writers. Their pages are taken at the end of a chunk.</summary>
    public IEnumerable<RowPageWriter> Writers => [native, trustlines, pools, shares];

    public void WriteAccount(in AccountEntryView account)
    {
        // Check first what may be rejected: a row that was begun must be ended.
        int subEntries = EntryRejectedException.ToInt32(account.SubEntryCount, "numSubEntries");
        Span<byte> row = native.BeginFixedRow(nativeRow.Bytes);
        nativeRow.CopyTo(row);
        account.AccountId.CopyTo(row[(AddressAt + 1)..]);
        BinaryPrimitives.WriteInt64BigEndian(row[NativeBalanceAt..], account.Balance);
        BinaryPrimitives.WriteInt64BigEndian(
            row[NativeMinimumAt..], MinimumBalance(account.SubEntryCount, account.NumSponsoring, account.NumSponsored));
        BinaryPrimitives.WriteInt64BigEndian(row[NativeBuyingAt..], account.BuyingLiabilities);
        BinaryPrimitives.WriteInt64BigEndian(row[NativeSellingAt..], account.SellingLiabilities);
        BinaryPrimitives.WriteInt32BigEndian(row[NativeSubentriesAt..], subEntries);
        native.EndFixedRow();
    }

    public void WriteTrustline(in TrustlineEntryView trustline)
    {
        TrustlineAssetView asset = trustline.Asset;
        int flags = EntryRejectedException.ToInt32(trustline.Flags, "flags");
        ReadOnlySpan<byte> assetId = assets.IdOf(asset.Code, asset.Issuer);
        Span<byte> row = trustlines.BeginFixedRow(trustlineRow.Bytes);
        trustlineRow.CopyTo(row);
        trustline.AccountId.CopyTo(row[(AddressAt + 1)..]);
        assetId.CopyTo(row[TrustlineAssetAt..]);
        BinaryPrimitives.WriteInt64BigEndian(row[TrustlineBalanceAt..], trustline.Balance);
        BinaryPrimitives.WriteInt64BigEndian(row[TrustlineLimitAt..], trustline.Limit);
        BinaryPrimitives.WriteInt64BigEndian(row[TrustlineBuyingAt..], trustline.BuyingLiabilities);
        BinaryPrimitives.WriteInt64BigEndian(row[TrustlineSellingAt..], trustline.SellingLiabilities);
        BinaryPrimitives.WriteInt32BigEndian(row[TrustlineFlagsAt..], flags);
        trustlines.EndFixedRow();
    }

    public void WritePoolShare(in TrustlineEntryView trustline)
    {
        Span<byte> poolId = stackalloc byte[64];
        Hexadecimal(trustline.Asset.PoolId, poolId);
        shares.BeginRow();
        shares.WriteBytes((byte)StrKeyKind.Account, trustline.AccountId);
        shares.WriteText(poolId);
        shares.WriteInt64(trustline.Balance);
        shares.WriteInt64(checkpoint);
        shares.EndRow();
    }

    public void WritePool(in LiquidityPoolEntryView pool)
    {
        RequireText(pool.AssetA);
        RequireText(pool.AssetB);
        Span<byte> text = stackalloc byte[AssetCode.CanonicalBytes];
        Hexadecimal(pool.PoolId, text[..64]);
        pools.BeginRow();
        pools.WriteText(text[..64]);
        pools.WriteText(text[..AssetCode.WriteCanonical(pool.AssetA, text)]);
        pools.WriteInt64(pool.ReserveA);
        pools.WriteText(text[..AssetCode.WriteCanonical(pool.AssetB, text)]);
        pools.WriteInt64(pool.ReserveB);
        pools.WriteInt64(checkpoint);
        pools.EndRow();

        // Only these rows are longer than their entries: a chunk of them does not fit into a page.
        if (pools.ByteCount > RowPageWriter.DefaultPageBytes - MaxPoolRowBytes) fullPages.Add(pools.Take()!);
    }

    /// <summary>Moves the pages that became full during the chunk. Their rows come before those that the writers still hold.</summary>
    public void MoveFullPages(ICollection<RowPage> pages)
    {
        foreach (RowPage page in fullPages) pages.Add(page);
        fullPages.Clear();
    }

    public void Dispose()
    {
        foreach (RowPage page in fullPages) page.Dispose();
        foreach (RowPageWriter writer in Writers) writer.Dispose();
    }

    /// <summary>
    /// Minimum balance in stroops, without liabilities. The sum is an unsigned 32-bit number, as in wallet-backend
    /// (internal/indexer/processors/accounts.go).
    /// </summary>
    internal static long MinimumBalance(uint subEntries, uint sponsoring, uint sponsored) =>
        unchecked(BaseReserveUnits + subEntries + sponsoring - sponsored) * BaseReserveStroops;

    private static void RequireText(in AssetView asset)
    {
        if (!asset.IsNative) EntryRejectedException.ThrowIfNotText(asset.Code, "asset code");
    }

    private static void Hexadecimal(ReadOnlySpan<byte> bytes, Span<byte> utf8) => Convert.TryToHexStringLower(bytes, utf8, out _);
}
