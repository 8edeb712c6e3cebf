using System.Globalization;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>The fee row (rules 6.1), which failed transactions have too.</summary>
public static class FeeRule
{
    public static IEnumerable<StateChange> Rows(TransactionContext transaction)
    {
        long net = transaction.Envelope.HasSorobanData ? Stroops(Charged(transaction) - Refund(transaction))
            : transaction.Applied.Result.FeeCharged;
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
    public static Int128 Refund(TransactionContext transaction) => transaction.Meta.Version < 3
        ? 0
        : NotNegative(-Spent(transaction.FeeAccount, [.. transaction.Meta.ChangesAfter, .. transaction.Applied.PostApplyFeeChanges]));

    /// <summary>A number of stroops; no fee is more than a balance can hold.</summary>
    public static long Stroops(Int128 number) =>
        number == (long)number ? (long)number : throw new ModelStop($"a fee of {number} stroops");

    private static Int128 Charged(TransactionContext transaction) =>
        NotNegative(Spent(transaction.FeeAccount, transaction.Applied.FeeChanges));

    private static Int128 NotNegative(Int128 number) =>
        number >= 0 ? number : throw new ModelStop($"a fee or a refund of {number} stroops");

    private static Int128 Spent(string account, List<RawChange> changes)
    {
        long before = 0, after = 0;
        foreach (RawChange change in changes)
        {
            if (change.Entry?.Body is not AccountEntry entry || entry.Id != account) continue;
            if (change.Kind == ChangeKind.State) before = entry.Balance;
            if (change.Kind == ChangeKind.Updated) after = entry.Balance;
        }

        return (Int128)before - after;
    }
}
