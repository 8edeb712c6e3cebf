using System.Globalization;
using System.Text;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The bytes of a ledger are not what they should be: malformed, or in contradiction to themselves.</summary>
/// <remarks>The reader of ledgers throws nothing else for a bad ledger, whatever its bytes are.</remarks>
public sealed class LedgerFormatException : FormatException
{
    /// <summary>Describes a bad ledger.</summary>
    /// <param name="ledger">Its number; 0 if it was not read yet.</param>
    /// <param name="transaction">The transaction, from 1, in the order of processing; 0 if none is concerned.</param>
    /// <param name="operation">The operation, from 1; 0 if none is concerned.</param>
    /// <param name="byteOffset">Where in the ledger: bytes from its first one.</param>
    /// <param name="problem">What is wrong: full sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public LedgerFormatException(uint ledger, int transaction, int operation, long byteOffset, string problem,
        Exception? innerException = null)
        : base(Describe(ledger, transaction, operation, byteOffset, problem), innerException)
    {
        Ledger = ledger;
        Transaction = transaction;
        Operation = operation;
        ByteOffset = byteOffset;
    }

    /// <summary>Number of the ledger; 0 if it was not read yet.</summary>
    public uint Ledger { get; }

    /// <summary>The protocol that the ledger's header says; null if it was not read, or does not matter.</summary>
    public uint? ProtocolVersion { get; init; }

    /// <summary>
    /// The transaction, from 1; 0 if none is concerned. For an error in the transaction set it counts in the set's order.
    /// </summary>
    public int Transaction { get; }

    /// <summary>The operation, from 1; 0 if none is concerned.</summary>
    public int Operation { get; }

    /// <summary>Where in the ledger: bytes from its first one.</summary>
    public long ByteOffset { get; }

    private static string Describe(uint ledger, int transaction, int operation, long byteOffset, string problem)
    {
        var text = new StringBuilder();
        text.Append(ledger == 0 ? "Ledger (its number was not read yet)" : string.Create(CultureInfo.InvariantCulture, $"Ledger {ledger}"));
        if (transaction != 0)
            text.Append(CultureInfo.InvariantCulture, $", transaction {transaction}");
        if (operation != 0)
            text.Append(CultureInfo.InvariantCulture, $", operation {operation}");
        return text.Append(CultureInfo.InvariantCulture, $", byte {byteOffset:N0}: {problem}").ToString();
    }
}
