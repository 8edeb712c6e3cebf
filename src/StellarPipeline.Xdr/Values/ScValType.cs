using System.Diagnostics.CodeAnalysis;

namespace StellarPipeline.Xdr.Values;

/// <summary>The arms of <c>SCVal</c>, the value type of smart contracts, in key order.</summary>
/// <remarks>Values are the discriminants of <c>SCValType</c> in Stellar-contract.x; arm 22 exists since protocol 28 (CAP-85).</remarks>
[SuppressMessage("Naming", "CA1720:Identifier contains type name",
    Justification = "The arms are named after the types they hold, as in the schema.")]
public enum ScValType
{
    /// <summary>False or true.</summary>
    Bool = 0,

    /// <summary>No value.</summary>
    Void = 1,

    /// <summary>An error: a type and a code.</summary>
    Error = 2,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 3,

    /// <summary>Signed, 32 bits.</summary>
    Int32 = 4,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64 = 5,

    /// <summary>Signed, 64 bits.</summary>
    Int64 = 6,

    /// <summary>Unix time in seconds, unsigned, 64 bits.</summary>
    Timepoint = 7,

    /// <summary>A duration in seconds, unsigned, 64 bits.</summary>
    Duration = 8,

    /// <summary>Unsigned, 128 bits.</summary>
    UInt128 = 9,

    /// <summary>Signed, 128 bits.</summary>
    Int128 = 10,

    /// <summary>Unsigned, 256 bits.</summary>
    UInt256 = 11,

    /// <summary>Signed, 256 bits.</summary>
    Int256 = 12,

    /// <summary>Bytes of any length.</summary>
    Bytes = 13,

    /// <summary>A string of any length; it need not be UTF-8.</summary>
    String = 14,

    /// <summary>A name of at most 32 bytes.</summary>
    Symbol = 15,

    /// <summary>A list of values, or none.</summary>
    Vec = 16,

    /// <summary>Pairs of key and value, or none.</summary>
    Map = 17,

    /// <summary>An address.</summary>
    Address = 18,

    /// <summary>A contract instance: what it runs, and its instance storage.</summary>
    ContractInstance = 19,

    /// <summary>The storage key of a contract's instance.</summary>
    LedgerKeyContractInstance = 20,

    /// <summary>The storage key of an authorisation nonce.</summary>
    LedgerKeyNonce = 21,

    /// <summary>The storage key of an executable reference (protocol 28, CAP-85).</summary>
    ExecutableTag = 22,
}
