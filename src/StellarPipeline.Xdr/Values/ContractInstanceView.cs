namespace StellarPipeline.Xdr.Values;

/// <summary>A contract instance: its executable, and its instance storage.</summary>
/// <remarks>Format: <c>SCContractInstance</c> and <c>ContractExecutable</c> in Stellar-contract.x.</remarks>
public readonly ref struct ContractInstanceView
{
    private readonly ReadOnlySpan<byte> encoded;

    internal ContractInstanceView(ReadOnlySpan<byte> encoded) => this.encoded = encoded;

    /// <summary>Kind of executable.</summary>
    /// <remarks>A contract without its own hash is not always an asset contract: it may refer to another address's code.</remarks>
    public ContractExecutableType ExecutableType => (ContractExecutableType)Wire.Int32(encoded, 0);

    /// <summary>
    /// Hash of the WebAssembly code: 32 bytes; empty if <see cref="ExecutableType"/> is not <see cref="ContractExecutableType.Wasm"/>.
    /// </summary>
    public ReadOnlySpan<byte> WasmHash => ExecutableType == ContractExecutableType.Wasm ? Wire.Hash(encoded, 4) : default;

    /// <summary>The address whose data contains the hash of the referenced code.</summary>
    /// <exception cref="InvalidOperationException"><see cref="ExecutableType"/> is not
    /// <see cref="ContractExecutableType.ExternalReference"/>.</exception>
    public ScAddressView ReferenceOwner
    {
        get
        {
            EnsureReference();
            return new ScAddressView(encoded.Slice(4, ScAddressView.Measure(encoded[4..])));
        }
    }

    /// <summary>Tag of the hash in the owner's data.</summary>
    /// <exception cref="InvalidOperationException"><see cref="ExecutableType"/> is not
    /// <see cref="ContractExecutableType.ExternalReference"/>.</exception>
    public ReadOnlySpan<byte> ReferenceTag
    {
        get
        {
            EnsureReference();
            return Wire.Opaque(encoded, 4 + ScAddressView.Measure(encoded[4..]));
        }
    }

    /// <summary>True if the instance has storage; absent storage differs from empty storage.</summary>
    public bool HasStorage => Wire.Int32(encoded, StorageOffset) != 0;

    /// <summary>Number of entries in the storage; 0 if it is absent.</summary>
    public int StorageCount => HasStorage ? Wire.Int32(encoded, StorageOffset + 4) : 0;

    /// <summary>The storage, in stored order; none if it is absent.</summary>
    public ScMapEntries Storage => HasStorage ? new ScMapEntries(encoded[(StorageOffset + 8)..], StorageCount) : default;

    private int StorageOffset => ScValWalk.MeasureExecutable(encoded);

    private void EnsureReference()
    {
        if (ExecutableType != ContractExecutableType.ExternalReference)
            XdrThrow.WrongType("contract executable", ExecutableType.ToString(), nameof(ContractExecutableType.ExternalReference));
    }
}
