using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a TRUSTLINE entry.</summary>
internal sealed class TrustlineBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.Trustline;

    /// <summary>The holder's public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> AccountId { get; set; } = new byte[32];

    /// <summary>An encoded TrustLineAsset, see <see cref="AssetXdr"/>.</summary>
    public ReadOnlyMemory<byte> Asset { get; set; } = AssetXdr.Native();

    /// <summary>Balance in stroops, or pool shares.</summary>
    public long Balance { get; set; }

    /// <summary>The largest balance that the holder accepts.</summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>Flags: 1 authorized, 2 may keep liabilities, 4 clawback.</summary>
    public uint Flags { get; set; } = 1;

    /// <summary>The extension: 0 none, 1 liabilities, 2 pool use count.</summary>
    public int Extension { get; set; }

    /// <summary>Buying liabilities, extension 1 and above.</summary>
    public long BuyingLiabilities { get; set; }

    /// <summary>Selling liabilities, extension 1 and above.</summary>
    public long SellingLiabilities { get; set; }

    /// <summary>Number of the holder's pool-share trustlines that use this asset, extension 2.</summary>
    public int PoolUseCount { get; set; }

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        WriteKeyBody(writer);
        writer.WriteInt64(Balance);
        writer.WriteInt64(Limit);
        writer.WriteUInt32(Flags);
        writer.WriteInt32(Extension >= 1 ? 1 : 0);
        if (Extension < 1) return;
        writer.WriteInt64(BuyingLiabilities);
        writer.WriteInt64(SellingLiabilities);
        writer.WriteInt32(Extension >= 2 ? 2 : 0);
        if (Extension < 2) return;
        writer.WriteInt32(PoolUseCount);
        writer.WriteInt32(0);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteAccountId(AccountId.Span);
        writer.WriteRaw(Asset.Span);
    }
}
