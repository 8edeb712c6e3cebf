using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>One authorized call; the root of an entry also has the credentials.</summary>
/// <remarks>Format: <c>SorobanAuthorizedFunction</c> and <c>SorobanCredentials</c> in Stellar-transaction.x.</remarks>
public readonly ref struct AuthorizedNodeView
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly int credentials;
    private readonly int function;

    internal AuthorizedNodeView(ReadOnlySpan<byte> bytes, int credentials, int function)
    {
        this.bytes = bytes;
        this.credentials = credentials;
        this.function = function;
    }

    /// <summary>True if this is the root of an entry.</summary>
    public bool IsRoot => credentials >= 0;

    /// <summary>Kind of the entry's credentials; <see cref="CredentialsType.SourceAccount"/> for a node that is not a root.</summary>
    public CredentialsType Credentials => IsRoot ? (CredentialsType)Wire.Int32(bytes, credentials) : CredentialsType.SourceAccount;

    /// <summary>The address of the entry's credentials.</summary>
    /// <exception cref="InvalidOperationException">The credentials are those of the source account, or the node is not a root.</exception>
    public ScAddressView CredentialsAddress
    {
        get
        {
            if (Credentials == CredentialsType.SourceAccount)
                XdrThrow.WrongType("credentials", nameof(CredentialsType.SourceAccount), "an address");
            ReadOnlySpan<byte> address = bytes[(credentials + 4)..];
            return new ScAddressView(address[..ScAddressView.Measure(address)]);
        }
    }

    /// <summary>True if a contract is created, false if one is called.</summary>
    public bool IsCreation => Wire.Int32(bytes, function) != 0;

    /// <summary>The contract that is called.</summary>
    /// <exception cref="InvalidOperationException">A contract is created.</exception>
    public ScAddressView Contract
    {
        get
        {
            if (IsCreation)
                XdrThrow.WrongType("authorized function", "CreateContract", "ContractFn");
            ReadOnlySpan<byte> address = bytes[(function + 4)..];
            return new ScAddressView(address[..ScAddressView.Measure(address)]);
        }
    }

    /// <summary>The data from which the id of the new contract is derived.</summary>
    /// <exception cref="InvalidOperationException">A contract is called.</exception>
    public ContractIdPreimageView Preimage
    {
        get
        {
            if (!IsCreation)
                XdrThrow.WrongType("authorized function", "ContractFn", "CreateContract");
            return new ContractIdPreimageView(bytes[(function + 4)..]);
        }
    }
}
