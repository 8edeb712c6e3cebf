using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of INVOKE_HOST_FUNCTION: a function, and the authorization of its calls.</summary>
/// <remarks>Format: <c>InvokeHostFunctionOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct HostFunctionOperation
{
    private readonly ReadOnlySpan<byte> body;
    private readonly int authorizationOffset;

    internal HostFunctionOperation(ReadOnlySpan<byte> body, int authorizationOffset)
    {
        this.body = body;
        this.authorizationOffset = authorizationOffset;
    }

    /// <summary>Kind of function.</summary>
    public HostFunctionType Type => (HostFunctionType)Wire.Int32(body, 0);

    /// <summary>The contract that is called.</summary>
    /// <exception cref="InvalidOperationException">No contract is called.</exception>
    public ScAddressView Contract
    {
        get
        {
            if (Type != HostFunctionType.InvokeContract)
                XdrThrow.WrongType("host function", Type.ToString(), nameof(HostFunctionType.InvokeContract));
            return new ScAddressView(body.Slice(4, ScAddressView.Measure(body[4..])));
        }
    }

    /// <summary>The data from which the id of the new contract is derived.</summary>
    /// <exception cref="InvalidOperationException">No contract is created.</exception>
    public ContractIdPreimageView Preimage
    {
        get
        {
            if (Type is not (HostFunctionType.CreateContract or HostFunctionType.CreateContractV2))
                XdrThrow.WrongType("host function", Type.ToString(), nameof(HostFunctionType.CreateContract));
            return new ContractIdPreimageView(body[4..]);
        }
    }

    /// <summary>The authorization entries and the calls below each of them, in their encoded order.</summary>
    public AuthorizedNodes Authorization => new(body[(authorizationOffset + 4)..], Wire.Int32(body, authorizationOffset));
}
