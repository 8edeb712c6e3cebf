using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 0: the fee row of every transaction, failed or not, and the fee in the transactions table.</summary>
/// <remarks>
/// | transaction | net fee | row |
/// | classic | feeCharged of the result | BALANCE on the fee account, native: DEBIT; below 0 CREDIT with the negative amount; none for 0 |
/// | Soroban | charged − refund, from the fee account's balances | the same |
/// Charged: last STATE − last UPDATED over the raw changes of the fee phase. Refund: last UPDATED − last STATE over the changes after the
/// operations, then over the changes after all transactions. fee_charged is the fee in the result. Only the result of Soroban fee bumps
/// before protocol 21 does not include the refund, so it is subtracted.
/// </remarks>
internal sealed class FeeDeriver(StateChangeWriter rows, StellarNetwork network, HistoryCounts counts)
{
    private const uint RefundInResult = 21;
    private const int SorobanMetaVersion = 3;

    /// <summary>The value of transactions.fee_charged.</summary>
    public static long FeeCharged(in LedgerView ledger, in TransactionView transaction) =>
        ledger.ProtocolVersion < RefundInResult && transaction.IsFeeBump && transaction.HasSorobanData
            ? Fit(ledger, transaction, (Int128)transaction.FeeCharged - Refund(ledger, transaction))
            : transaction.FeeCharged;

    public void Derive(in LedgerView ledger, in TransactionView transaction)
    {
        long net = transaction.HasSorobanData ? Net(ledger, transaction) : transaction.FeeCharged;
        if (net < 0) counts.Count(HistoryDecision.NegativeFee);
        if (net == 0) return;
        rows.Write(new StateChange("BALANCE"u8, net > 0 ? "DEBIT"u8 : "CREDIT"u8, Party.Account(transaction.FeeSource))
        {
            Token = network.NativeContractId,
            Amount = net,
        });
    }

    private static long Net(in LedgerView ledger, in TransactionView transaction)
    {
        var balances = default(Balances);
        balances.Read(transaction.FeeChanges, transaction.FeeSource);
        if (balances.After > balances.Before)
            HistoryThrow.Broken(ledger.Sequence, transaction, "The fee phase raises the balance of the account that pays the fee.");
        return Fit(ledger, transaction, (Int128)balances.Before - balances.After - Refund(ledger, transaction));
    }

    private static Int128 Refund(in LedgerView ledger, in TransactionView transaction)
    {
        if (transaction.MetaVersion < SorobanMetaVersion)
        {
            HistoryThrow.Broken(ledger.Sequence, transaction,
                $"A Soroban transaction has metadata of version {transaction.MetaVersion}; it needs version 3 or 4.");
        }

        var balances = default(Balances);
        balances.Read(transaction.ChangesAfter, transaction.FeeSource);
        balances.Read(transaction.PostFeeChanges, transaction.FeeSource);
        if (balances.Before > balances.After)
            HistoryThrow.Broken(ledger.Sequence, transaction, "The refund of a fee lowers the balance of the account that paid.");
        return (Int128)balances.After - balances.Before;
    }

    private static long Fit(in LedgerView ledger, in TransactionView transaction, Int128 fee)
    {
        if (fee != (long)fee)
            HistoryThrow.Broken(ledger.Sequence, transaction, $"The fee would be {fee} stroops, more than exist.");
        return (long)fee;
    }

    private struct Balances
    {
        public long Before;
        public long After;

        public void Read(in LedgerChanges changes, ReadOnlySpan<byte> account)
        {
            for (int index = 0; index < changes.Count; index++)
            {
                LedgerChangeView change = changes[index];
                if (change.EntryType != LedgerEntryType.Account || change.Kind is not (LedgerChangeKind.State or LedgerChangeKind.Updated))
                    continue;
                AccountEntryView entry = change.Entry().AsAccount();
                if (!entry.AccountId.SequenceEqual(account)) continue;
                if (change.Kind == LedgerChangeKind.State) Before = entry.Balance;
                else After = entry.Balance;
            }
        }
    }
}
