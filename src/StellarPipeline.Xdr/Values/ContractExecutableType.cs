namespace StellarPipeline.Xdr.Values;

/// <summary>The kinds of executable of a contract instance.</summary>
/// <remarks>
/// Values are the discriminants of <c>ContractExecutableType</c> in Stellar-contract.x; arm 2 exists since protocol 28 (CAP-85).
/// </remarks>
public enum ContractExecutableType
{
    /// <summary>Its own WebAssembly code, named by its hash.</summary>
    Wasm = 0,

    /// <summary>The built-in contract of a classic asset.</summary>
    StellarAsset = 1,

    /// <summary>Code that another address names by a tag; the hash is in that address's contract data.</summary>
    ExternalReference = 2,
}
