namespace StellarPipeline.Xdr.Values;

/// <summary>An asset in an entry: native, or a code and its issuer.</summary>
/// <remarks>Format: <c>Asset</c> in Stellar-ledger-entries.x; 4, 44 or 52 bytes.</remarks>
public readonly ref struct AssetView
{
    /// <summary>Wraps checked bytes.</summary>
    /// <param name="bytes">Bytes that start with the asset; may be longer.</param>
    internal AssetView(ReadOnlySpan<byte> bytes) => Encoded = bytes[..Measure(bytes)];

    /// <summary>The encoded asset, from which a contract id can be derived.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Kind of asset; never <see cref="AssetType.PoolShare"/>.</summary>
    public AssetType Type => (AssetType)Wire.Int32(Encoded, 0);

    /// <summary>True for the native asset.</summary>
    public bool IsNative => Type == AssetType.Native;

    /// <summary>The code as stored: 4 or 12 bytes with trailing zeros; empty for the native asset.</summary>
    public ReadOnlySpan<byte> RawCode => IsNative ? default : Encoded[4..^Wire.AccountIdBytes];

    /// <summary>The code without trailing zeros; empty for the native asset.</summary>
    /// <remarks>Validators allow only letters and digits, but the format does not: see <see cref="AssetCode.IsValid"/>.</remarks>
    public ReadOnlySpan<byte> Code => RawCode.TrimEnd((byte)0);

    /// <summary>The issuer's Ed25519 key: 32 bytes; empty for the native asset.</summary>
    public ReadOnlySpan<byte> Issuer => IsNative ? default : Encoded[^Wire.HashBytes..];

    /// <summary>Length in bytes of the checked asset at the start of <paramref name="bytes"/>.</summary>
    internal static int Measure(ReadOnlySpan<byte> bytes) => (AssetType)Wire.Int32(bytes, 0) switch
    {
        AssetType.CreditAlphanum4 => 44,
        AssetType.CreditAlphanum12 => 52,
        _ => 4,
    };
}
