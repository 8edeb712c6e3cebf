namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Who vouches for an authorized invocation.</summary>
/// <remarks>Values are the discriminants of <c>SorobanCredentialsType</c> in Stellar-transaction.x; the last two exist since protocol 27
/// (CAP-71).</remarks>
public enum CredentialsType
{
    /// <summary>The source of the operation.</summary>
    SourceAccount = 0,

    /// <summary>An address.</summary>
    Address = 1,

    /// <summary>An address that signs its own address, too.</summary>
    AddressV2 = 2,

    /// <summary>An address and those that it delegates to.</summary>
    AddressWithDelegates = 3,
}
