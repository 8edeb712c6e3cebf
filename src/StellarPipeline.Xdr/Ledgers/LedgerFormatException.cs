using System.Globalization;
using System.Text;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The bytes of a ledger are malformed, or contradict each other.</summary>
/// <remarks>For a bad ledger, its reader throws only this exception, whatever the bytes are.</remarks>
public sealed class LedgerFormatException : FormatException
{
    /// <summary>Describes a malformed ledger.</summary>
    /// <param name="ledger">Its number; 0 if it has not been read.</param>
    /// <param name="transaction">The transaction, from 1, in processing order; 0 if the error is not in one.</param>
    /// <param name="operation">The operation, from 1; 0 if the error is not in one.</param>
    /// <param name="byteOffset">Position of the problem: bytes from the start of the ledger.</param>
    /// <param name="problem">The problem, in full sentences.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public LedgerFormatException(uint ledger, int transaction, int operation, long byteOffset, string problem,
        Exception? innerException = null)
        : base(Describe(ledger, transaction, operation, byteOffset, problem), innerException)
    {
        Ledger = ledger;
        Transaction = transaction;
        Operation = operation;
        ByteOffset = byteOffset;
    }

    /// <summary>Number of the ledger; 0 if it has not been read.</summary>
    public uint Ledger { get; }

    /// <summary>The protocol version in the ledger's header; null if it was not read, or does not matter.</summary>
    public uint? ProtocolVersion { get; init; }

    /// <summary>The transaction, from 1; 0 if the error is not in one. In the transaction set it counts in the order of the set.</summary>
    public int Transaction { get; }

    /// <summary>The operation, from 1; 0 if the error is not in one.</summary>
    public int Operation { get; }

    /// <summary>Position of the problem: bytes from the start of the ledger.</summary>
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
