using System.Runtime.CompilerServices;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>What one entry of a contract says about the contract.</summary>
internal enum ContractFactKind
{
    /// <summary>It has a balance in the form that asset contracts store.</summary>
    HasBalance,

    /// <summary>Its instance is the contract of a credit asset.</summary>
    IsAssetContract,

    /// <summary>Its instance runs WASM code.</summary>
    IsWasmContract,
}

/// <summary>A fact about a contract.</summary>
internal struct ContractFact
{
    public Hash256 Contract;
    public ContractFactKind Kind;

    /// <summary>Hash of the code, or public key of the asset's issuer.</summary>
    public Hash256 HashOrIssuer;

    public CodeBytes Code;
    public byte CodeLength;

    [InlineArray(12)]
    internal struct CodeBytes
    {
        private byte first;
    }
}
