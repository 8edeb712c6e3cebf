namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What the five history tables hold of one ledger, and whether that can be all of it.</summary>
/// <remarks>
/// One COPY is whole or absent, so a ledger is torn where a table misses it, or where rows refer to transactions or operations that are not
/// there. Every transaction has a participant, every operation has one, and every fee above zero is a state change.
/// </remarks>
internal struct LedgerContent
{
    /// <summary>Rows of each table.</summary>
    public TableRows Rows;

    /// <summary>Transactions that pay a fee.</summary>
    public long Fees;

    /// <summary>Transactions that participants belong to.</summary>
    public long ParticipantTransactions;

    /// <summary>Transactions that operations belong to.</summary>
    public long OperationTransactions;

    /// <summary>Operations that participants belong to.</summary>
    public long ParticipantOperations;

    /// <summary>Transactions that state changes belong to.</summary>
    public long StateChangeTransactions;

    /// <summary>Whether no table has a row of it.</summary>
    public readonly bool IsEmpty => Rows.Total == 0;

    /// <summary>Says what is missing.</summary>
    /// <returns>A part of a sentence; null where nothing is known to be missing.</returns>
    public readonly string? Problem()
    {
        if (Rows.Transactions < Math.Max(ParticipantTransactions, Math.Max(OperationTransactions, StateChangeTransactions)))
            return "other tables have rows of transactions that are not in transactions";
        if (ParticipantTransactions < Rows.Transactions) return "transactions without a row in transactions_accounts";
        if (Rows.Transactions > 0 && Rows.Operations == 0) return "transactions, but no row in operations";
        if (ParticipantOperations < Rows.Operations) return "operations without a row in operations_accounts";
        if (ParticipantOperations > Rows.Operations) return "operations_accounts has rows of operations that are not in operations";
        return Fees > 0 && Rows.StateChanges == 0 ? "fees, but no row in state_changes" : null;
    }
}
