namespace StellarPipeline.Xdr.Values;

/// <summary>The origins of an error value.</summary>
/// <remarks>Values are those of <c>SCErrorType</c> in Stellar-contract.x.</remarks>
public enum ScErrorType
{
    /// <summary>A contract; its code is the contract's own.</summary>
    Contract = 0,

    /// <summary>The WebAssembly machine.</summary>
    WasmVirtualMachine = 1,

    /// <summary>The host's context.</summary>
    Context = 2,

    /// <summary>Storage.</summary>
    Storage = 3,

    /// <summary>A host object.</summary>
    HostObject = 4,

    /// <summary>Cryptography.</summary>
    Crypto = 5,

    /// <summary>Events.</summary>
    Events = 6,

    /// <summary>The budget.</summary>
    Budget = 7,

    /// <summary>A value.</summary>
    Value = 8,

    /// <summary>Authorisation.</summary>
    Authorization = 9,
}
