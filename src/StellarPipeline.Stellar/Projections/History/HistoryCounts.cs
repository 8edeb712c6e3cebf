using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>What a projection has written since it was created. Each transaction and each operation is one row.</summary>
public sealed class HistoryCounts
{
    private readonly long[] decisions = new long[Enum.GetValues<HistoryDecision>().Length];

    /// <summary>Ledgers.</summary>
    public long Ledgers { get; internal set; }

    /// <summary>Bytes of these ledgers.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Transactions in the ledgers, and rows of <c>transactions</c>.</summary>
    public long Transactions { get; internal set; }

    /// <summary>Operations in the envelopes, and rows of <c>operations</c>.</summary>
    public long Operations { get; internal set; }

    /// <summary>Rows of <c>transactions_accounts</c>.</summary>
    public long TransactionsAccounts { get; internal set; }

    /// <summary>Rows of <c>operations_accounts</c>.</summary>
    public long OperationsAccounts { get; internal set; }

    /// <summary>Rows of <c>state_changes</c>.</summary>
    public long StateChanges { get; internal set; }

    /// <summary>Effects and events without a row because data they need is missing or malformed; upstream skips them too.</summary>
    public long Skipped { get; internal set; }

    /// <summary>How often a decision was made.</summary>
    /// <param name="decision">The decision.</param>
    public long this[HistoryDecision decision] => decisions[(int)decision];

    /// <summary>Rows of a table.</summary>
    /// <param name="table">One of <see cref="HistoryTables.All"/>.</param>
    public long RowsOf(CopyTable table)
    {
        if (table == HistoryTables.Transactions) return Transactions;
        if (table == HistoryTables.TransactionsAccounts) return TransactionsAccounts;
        if (table == HistoryTables.Operations) return Operations;
        if (table == HistoryTables.OperationsAccounts) return OperationsAccounts;
        return table == HistoryTables.StateChanges ? StateChanges
            : throw new ArgumentOutOfRangeException(nameof(table), table, "Not a history table.");
    }

    /// <summary>Adds the counts of further ledgers.</summary>
    /// <param name="other">Their counts.</param>
    public void Add(HistoryCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        AddTimes(other, 1);
    }

    internal void Count(HistoryDecision decision) => decisions[(int)decision]++;

    internal HistoryCounts Copy()
    {
        var copy = new HistoryCounts();
        copy.Add(this);
        return copy;
    }

    internal HistoryCounts Since(HistoryCounts earlier)
    {
        HistoryCounts difference = Copy();
        difference.AddTimes(earlier, -1);
        return difference;
    }

    private void AddTimes(HistoryCounts other, int times)
    {
        Ledgers += times * other.Ledgers;
        Bytes += times * other.Bytes;
        Transactions += times * other.Transactions;
        Operations += times * other.Operations;
        TransactionsAccounts += times * other.TransactionsAccounts;
        OperationsAccounts += times * other.OperationsAccounts;
        StateChanges += times * other.StateChanges;
        Skipped += times * other.Skipped;
        for (int decision = 0; decision < decisions.Length; decision++) decisions[decision] += times * other.decisions[decision];
    }
}
