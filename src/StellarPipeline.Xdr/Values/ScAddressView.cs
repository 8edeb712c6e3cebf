namespace StellarPipeline.Xdr.Values;

/// <summary>An address in an entry or key.</summary>
/// <remarks>Format: <c>SCAddress</c> in Stellar-contract.x; 36, 40 or 44 bytes.</remarks>
public readonly ref struct ScAddressView
{
    /// <summary>Wraps checked bytes.</summary>
    /// <param name="encoded">Exactly the address.</param>
    internal ScAddressView(ReadOnlySpan<byte> encoded) => Encoded = encoded;

    /// <summary>The encoded address.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Kind of address.</summary>
    public ScAddressType Type => (ScAddressType)Wire.Int32(Encoded, 0);

    /// <summary>
    /// The Ed25519 key of an account or muxed account, the hash of a contract, muxed contract, claimable balance or pool: 32 bytes.
    /// </summary>
    public ReadOnlySpan<byte> Payload => Encoded[^Wire.HashBytes..];

    /// <summary>
    /// True if the address has a multiplexing id. Its balances belong to the account or contract itself, whatever the id.
    /// </summary>
    public bool IsMuxed => Type is ScAddressType.MuxedAccount or ScAddressType.MuxedContract;

    /// <summary>The multiplexing id of a muxed account or contract; 0 for other addresses.</summary>
    public ulong MuxedId => IsMuxed ? Wire.UInt64(Encoded, 4) : 0;

    /// <summary>Length in bytes of the checked address at the start of <paramref name="bytes"/>.</summary>
    internal static int Measure(ReadOnlySpan<byte> bytes) => (ScAddressType)Wire.Int32(bytes, 0) switch
    {
        ScAddressType.Account or ScAddressType.ClaimableBalance => 40,
        ScAddressType.MuxedAccount or ScAddressType.MuxedContract => 44,
        _ => 36,
    };
}
