namespace StellarPipeline.Xdr.Values;

/// <summary>The asset of a trustline in an entry or key: a code and its issuer, or shares of a pool.</summary>
/// <remarks>Format: <c>TrustLineAsset</c> in Stellar-ledger-entries.x; 4, 44, 52 or 36 bytes.</remarks>
public readonly ref struct TrustlineAssetView
{
    /// <summary>Wraps checked bytes.</summary>
    /// <param name="encoded">Exactly the asset.</param>
    internal TrustlineAssetView(ReadOnlySpan<byte> encoded) => Encoded = encoded;

    /// <summary>The encoded asset. For issued assets these are also the bytes of an <c>Asset</c>.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Kind of asset. The format allows a native asset, but validators store no such trustline.</summary>
    public AssetType Type => (AssetType)Wire.Int32(Encoded, 0);

    /// <summary>True for a code with an issuer.</summary>
    public bool IsCredit => Type is AssetType.CreditAlphanum4 or AssetType.CreditAlphanum12;

    /// <summary>The code as stored: 4 or 12 bytes with trailing zeros; empty if there is none.</summary>
    public ReadOnlySpan<byte> RawCode => IsCredit ? Encoded[4..^Wire.AccountIdBytes] : default;

    /// <summary>The code without trailing zeros; empty if there is none.</summary>
    /// <remarks>Validators allow only letters and digits, but the format does not: see <see cref="AssetCode.IsValid"/>.</remarks>
    public ReadOnlySpan<byte> Code => RawCode.TrimEnd((byte)0);

    /// <summary>The issuer's Ed25519 key: 32 bytes; empty if there is none.</summary>
    public ReadOnlySpan<byte> Issuer => IsCredit ? Encoded[^Wire.HashBytes..] : default;

    /// <summary>The pool's id: 32 bytes; empty if the trustline does not hold pool shares.</summary>
    public ReadOnlySpan<byte> PoolId => Type == AssetType.PoolShare ? Encoded[^Wire.HashBytes..] : default;

    /// <summary>The same asset as an <see cref="AssetView"/>.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The trustline holds pool shares.</exception>
    public AssetView AsAsset()
    {
        if (Type == AssetType.PoolShare)
            XdrThrow.WrongType("trustline asset", nameof(AssetType.PoolShare), "Native, CreditAlphanum4 or CreditAlphanum12");
        return new AssetView(Encoded);
    }
}
