namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The kinds of envelope in a transaction set.</summary>
/// <remarks>Values are the discriminants of <c>EnvelopeType</c> in Stellar-ledger-entries.x.</remarks>
internal enum EnvelopeType
{
    /// <summary>The oldest kind of envelope: its source is a key without a type.</summary>
    TransactionV0 = 0,

    /// <summary>A transaction.</summary>
    Transaction = 2,

    /// <summary>A transaction whose fee another account pays.</summary>
    FeeBump = 5,
}
