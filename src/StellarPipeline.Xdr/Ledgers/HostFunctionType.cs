namespace StellarPipeline.Xdr.Ledgers;

/// <summary>What INVOKE_HOST_FUNCTION does.</summary>
/// <remarks>Values are the discriminants of <c>HostFunctionType</c> in Stellar-transaction.x.</remarks>
public enum HostFunctionType
{
    /// <summary>Calls a contract.</summary>
    InvokeContract = 0,

    /// <summary>Creates a contract.</summary>
    CreateContract = 1,

    /// <summary>Uploads code.</summary>
    UploadWasm = 2,

    /// <summary>Creates a contract and calls its constructor.</summary>
    CreateContractV2 = 3,
}
