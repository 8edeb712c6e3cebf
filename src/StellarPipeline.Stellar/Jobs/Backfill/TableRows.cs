using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Rows of the five history tables.</summary>
/// <param name="Transactions">Rows of <c>transactions</c>.</param>
/// <param name="TransactionsAccounts">Rows of <c>transactions_accounts</c>.</param>
/// <param name="Operations">Rows of <c>operations</c>.</param>
/// <param name="OperationsAccounts">Rows of <c>operations_accounts</c>.</param>
/// <param name="StateChanges">Rows of <c>state_changes</c>.</param>
public readonly record struct TableRows(
    long Transactions, long TransactionsAccounts, long Operations, long OperationsAccounts, long StateChanges)
{
    /// <summary>Rows of all tables.</summary>
    public long Total => Transactions + TransactionsAccounts + Operations + OperationsAccounts + StateChanges;

    /// <summary>Adds rows.</summary>
    public static TableRows operator +(TableRows left, TableRows right) => new(
        left.Transactions + right.Transactions,
        left.TransactionsAccounts + right.TransactionsAccounts,
        left.Operations + right.Operations,
        left.OperationsAccounts + right.OperationsAccounts,
        left.StateChanges + right.StateChanges);

    /// <summary>Adds rows.</summary>
    /// <param name="left">The first operand.</param>
    /// <param name="right">The second operand.</param>
    public static TableRows Add(TableRows left, TableRows right) => left + right;

    /// <summary>Rows of one table.</summary>
    /// <param name="table">One of <see cref="HistoryTables.All"/>.</param>
    public long Of(CopyTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        for (int index = 0; index < HistoryTables.All.Count; index++)
        {
            if (HistoryTables.All[index].Name == table.Name) return this[index];
        }

        throw new ArgumentOutOfRangeException(nameof(table), table, "Not a history table.");
    }

    internal long this[int index] => index switch
    {
        0 => Transactions,
        1 => TransactionsAccounts,
        2 => Operations,
        3 => OperationsAccounts,
        _ => StateChanges,
    };

    internal static TableRows Of(HistoryCounts counts) => new(
        counts.Transactions, counts.TransactionsAccounts, counts.Operations, counts.OperationsAccounts, counts.StateChanges);
}
