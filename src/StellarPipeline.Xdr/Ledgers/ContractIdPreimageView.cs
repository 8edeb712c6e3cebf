using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The data from which the id of a contract is derived: an address and a salt, or an asset.</summary>
/// <remarks>
/// Format: <c>ContractIDPreimage</c> in Stellar-transaction.x. The id is SHA-256 over ENVELOPE_TYPE_CONTRACT_ID, the network id and this.
/// </remarks>
public readonly ref struct ContractIdPreimageView
{
    internal ContractIdPreimageView(ReadOnlySpan<byte> bytes)
    {
        int length = Wire.Int32(bytes, 0) == 0 ? 4 + ScAddressView.Measure(bytes[4..]) + Wire.HashBytes : 4 + AssetView.Measure(bytes[4..]);
        Encoded = bytes[..length];
    }

    /// <summary>The encoded preimage.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>True if the contract belongs to an asset.</summary>
    public bool IsFromAsset => Wire.Int32(Encoded, 0) != 0;

    /// <summary>The address that creates the contract.</summary>
    /// <exception cref="InvalidOperationException">The contract belongs to an asset.</exception>
    public ScAddressView Deployer
    {
        get
        {
            if (IsFromAsset)
                XdrThrow.WrongType("contract preimage", "FromAsset", "FromAddress");
            return new ScAddressView(Encoded[4..^Wire.HashBytes]);
        }
    }

    /// <summary>The asset that the contract belongs to.</summary>
    /// <exception cref="InvalidOperationException">The contract is created by an address.</exception>
    public AssetView Asset
    {
        get
        {
            if (!IsFromAsset)
                XdrThrow.WrongType("contract preimage", "FromAddress", "FromAsset");
            return new AssetView(Encoded[4..]);
        }
    }
}
