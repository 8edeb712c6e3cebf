using System.Globalization;

namespace StellarPipeline.HistoryModel;

/// <summary>The fee row (rules 6.1), which failed transactions have too.</summary>
public static class FeeRule
{
    public static IEnumerable<StateChange> Rows(TransactionContext transaction)
    {
        long net = transaction.Envelope.HasSorobanData ? Charged(transaction) - Refund(transaction) : transaction.Applied.Result.FeeCharged;
        if (net == 0) yield break;
        yield return new StateChange("BALANCE", net > 0 ? "DEBIT" : "CREDIT", transaction.FeeAccount)
        {
            Token = transaction.Network.AssetContract(Asset.Native),
            Amount = net.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>
    /// What came back to the fee account after the transaction: in tx-changes-after, from protocol 23 on among the post-apply fee changes.
    /// </summary>
    public static long Refund(TransactionContext transaction) => transaction.Meta.Version < 3
        ? 0
        : -Spent(transaction.FeeAccount, [.. transaction.Meta.ChangesAfter, .. transaction.Applied.PostApplyFeeChanges]);

    private static long Charged(TransactionContext transaction) => Spent(transaction.FeeAccount, transaction.Applied.FeeChanges);

    private static long Spent(string account, List<RawChange> changes)
    {
        long before = 0, after = 0;
        foreach (RawChange change in changes)
        {
            if (change.Entry?.Body is not AccountEntry entry || entry.Id != account) continue;
            if (change.Kind == ChangeKind.State) before = entry.Balance;
            if (change.Kind == ChangeKind.Updated) after = entry.Balance;
        }

        return before - after;
    }
}
