using System.Diagnostics.CodeAnalysis;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The arms of <c>StellarValue.ext</c>: what the validators agreed on for a ledger, and how its close time is written.</summary>
/// <remarks>
/// Values are the discriminants of <c>StellarValueType</c> in Stellar-ledger.x. The protocol of the <b>previous</b> ledger decides which of
/// them a ledger may have, see <see cref="LedgerHeaderRules"/>.
/// </remarks>
[SuppressMessage("Naming", "CA1720:Identifier contains type name",
    Justification = "A value that is signed by a node; it has nothing to do with numbers.")]
public enum StellarValueForm
{
    /// <summary>No extension, no signature.</summary>
    Basic = 0,

    /// <summary>Signed by the node that proposed the value.</summary>
    Signed = 1,

    /// <summary>The proposed transaction set was dropped: the ledger is empty (protocol 28, CAP-83).</summary>
    EmptyTransactionSet = 2,

    /// <summary>Like <see cref="Signed"/>, with a close time in milliseconds (protocol 30, CAP-88).</summary>
    SignedMilliseconds = 3,

    /// <summary>Like <see cref="EmptyTransactionSet"/>, with a close time in milliseconds (protocol 30, CAP-88).</summary>
    EmptyTransactionSetMilliseconds = 4,
}
