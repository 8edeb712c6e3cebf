using System.Globalization;
using System.Numerics;
using StellarPipeline.Cli.Output;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Prints a ledger for people.</summary>
internal static class LedgerText
{
    public static void Write(ProjectedLedger ledger, TextWriter output)
    {
        var parts = new LedgerParts(ledger);
        int operations = ledger.Rows(HistoryTables.Operations).Count;
        int changes = ledger.Rows(HistoryTables.StateChanges).Count;
        output.WriteLine(FormattableString.Invariant($"Ledger {ledger.Number}, protocol {ledger.Protocol}, closed {Closed(ledger)}"));
        output.WriteLine($"Hash {ledger.Hash}");
        output.WriteLine(FormattableString.Invariant(
            $"{parts.Transactions.Count:N0} transactions, {operations:N0} operations, {changes:N0} state changes; ")
            + FormattableString.Invariant($"close meta version {ledger.MetaVersion}, {ledger.Bytes:N0} bytes"));
        for (int index = 0; index < parts.Transactions.Count; index++)
        {
            LedgerParts.Row transaction = parts.Transactions[index];
            long id = transaction.Id("to_id");
            output.WriteLine();
            output.WriteLine($"Transaction {index + 1}: {transaction["hash"]}");
            string kind = transaction["is_fee_bump"] == "t" ? ", fee bump" : "";
            output.WriteLine($"  {Result(transaction["result_code"]!)}{kind}, fee {AmountText.Short(transaction["fee_charged"]!)} native");
            foreach (LedgerParts.Row change in parts.Changes(id, 0)) output.WriteLine($"  {Line(change)}");
            int place = 0;
            foreach (LedgerParts.Row operation in parts.Operations(id))
            {
                output.WriteLine($"  Operation {++place}: {operation["operation_type"]}, {operation["result_code"]}");
                foreach (LedgerParts.Row change in parts.Changes(id, operation.Id("id"))) output.WriteLine($"    {Line(change)}");
            }

            WriteMoved(parts, id, ledger, output);
        }

        string Line(LedgerParts.Row change) => TerminalText.Plain(Words(change, ledger));
    }

    private static string Closed(ProjectedLedger ledger)
    {
        string fraction = ledger.ClosedMilliseconds is { } milliseconds ? FormattableString.Invariant($".{milliseconds % 1000:000}") : "";
        return $"{HistoryRowText.Time(ledger.ClosedSeconds, "yyyy-MM-dd HH:mm:ss")}{fraction} UTC";
    }

    /// <summary>Describes a state change in words.</summary>
    public static string Words(LedgerParts.Row change, ProjectedLedger ledger)
    {
        string account = AddressText.Of(change["account_id"])!;
        string? token = AddressText.Token(change["token_id"], ledger) ?? (change["liquidity_pool_id"] is { } pool
            ? $"shares of pool {pool}" : null);
        return ChangeWords.Of(
            column => column.EndsWith("account_id", StringComparison.Ordinal) ? AddressText.Of(change[column]) : change[column], account,
            token, AmountText.Short);
    }

    private static void WriteMoved(LedgerParts parts, long transaction, ProjectedLedger ledger, TextWriter output)
    {
        var sums = new SortedDictionary<(string Account, string Token), BigInteger>();
        IEnumerable<LedgerParts.Row> changes = parts.Operations(transaction)
            .SelectMany(operation => parts.Changes(transaction, operation.Id("id")))
            .Concat(parts.Changes(transaction, 0));
        foreach (LedgerParts.Row change in changes)
        {
            if (change["state_change_category"] != "BALANCE" || change["state_change_reason"] is not ("DEBIT" or "CREDIT")) continue;
            var amount = BigInteger.Parse(change["amount"]!, CultureInfo.InvariantCulture);
            (string Account, string Token) key = (AddressText.Of(change["account_id"])!,
                AddressText.Token(change["token_id"], ledger)!);
            sums[key] = sums.GetValueOrDefault(key) + (change["state_change_reason"] == "DEBIT" ? -amount : amount);
        }

        foreach (((string account, string token), BigInteger sum) in sums)
        {
            if (!sum.IsZero)
            {
                output.WriteLine(
                    $"  = {account} {(sum.Sign > 0 ? "+" : "")}{AmountText.Short(sum.ToString(CultureInfo.InvariantCulture))} {token}");
            }
        }
    }

    private static string Result(string code) => code["TransactionResultCodeTx".Length..];
}
