namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Who authorizes an invocation.</summary>
/// <remarks>
/// Values are the discriminants of <c>SorobanCredentialsType</c> in Stellar-transaction.x; the last two exist since protocol 27 (CAP-71).
/// </remarks>
public enum CredentialsType
{
    /// <summary>The source account of the operation.</summary>
    SourceAccount = 0,

    /// <summary>An address.</summary>
    Address = 1,

    /// <summary>An address whose signature also covers the address itself.</summary>
    AddressV2 = 2,

    /// <summary>An address and its delegates.</summary>
    AddressWithDelegates = 3,
}
