namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What the five history tables hold of one ledger, and whether that can be complete.</summary>
/// <remarks>
/// A COPY is stored completely or not at all. So a ledger is torn if a table misses it, or if rows refer to missing transactions or
/// operations. Every transaction and every operation has a participant, and every fee above zero is a state change.
/// </remarks>
internal struct LedgerContent
{
    /// <summary>Rows of each table.</summary>
    public TableRows Rows;

    /// <summary>Transactions with a fee above zero.</summary>
    public long Fees;

    /// <summary>Distinct transactions of the rows of transactions_accounts.</summary>
    public long ParticipantTransactions;

    /// <summary>Distinct transactions of the rows of operations.</summary>
    public long OperationTransactions;

    /// <summary>Distinct operations of the rows of operations_accounts.</summary>
    public long ParticipantOperations;

    /// <summary>Distinct transactions of the rows of state_changes.</summary>
    public long StateChangeTransactions;

    /// <summary>Whether no table has a row of the ledger.</summary>
    public readonly bool IsEmpty => Rows.Total == 0;

    /// <summary>Tells what is missing.</summary>
    /// <returns>Part of a sentence; null if nothing is known to be missing.</returns>
    public readonly string? Problem()
    {
        if (Rows.Transactions < Math.Max(ParticipantTransactions, Math.Max(OperationTransactions, StateChangeTransactions)))
            return "other tables have rows of transactions that are not in transactions";
        if (ParticipantTransactions < Rows.Transactions) return "there are transactions without a row in transactions_accounts";
        if (Rows.Transactions > 0 && Rows.Operations == 0) return "there are transactions, but no rows in operations";
        if (ParticipantOperations < Rows.Operations) return "there are operations without a row in operations_accounts";
        if (ParticipantOperations > Rows.Operations) return "operations_accounts has rows of operations that are not in operations";
        return Fees > 0 && Rows.StateChanges == 0 ? "there are fees, but no rows in state_changes" : null;
    }
}
