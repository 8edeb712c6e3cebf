using System.Globalization;
using System.Numerics;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Prints a ledger for people.</summary>
internal static class LedgerText
{
    private static readonly BigInteger Unit = 10_000_000;

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
            output.WriteLine($"  {Result(transaction["result_code"]!)}{kind}, fee {Amount(transaction["fee_charged"]!)} native");
            foreach (LedgerParts.Row change in parts.Changes(id, 0)) output.WriteLine($"  {Words(change, ledger)}");
            int place = 0;
            foreach (LedgerParts.Row operation in parts.Operations(id))
            {
                output.WriteLine($"  Operation {++place}: {operation["operation_type"]}, {operation["result_code"]}");
                foreach (LedgerParts.Row change in parts.Changes(id, operation.Id("id"))) output.WriteLine($"    {Words(change, ledger)}");
            }

            WriteMoved(parts, id, ledger, output);
        }
    }

    private static string Closed(ProjectedLedger ledger)
    {
        string fraction = ledger.ClosedMilliseconds is { } milliseconds ? FormattableString.Invariant($".{milliseconds % 1000:000}") : "";
        return $"{HistoryRowText.Time(ledger.ClosedSeconds, "yyyy-MM-dd HH:mm:ss")}{fraction} UTC";
    }

    /// <summary>Says in words what a state change is.</summary>
    public static string Words(LedgerParts.Row change, ProjectedLedger ledger)
    {
        string account = AddressText.Of(change["account_id"])!;
        string? token = AddressText.Token(change["token_id"], ledger) ?? (change["liquidity_pool_id"] is { } pool
            ? $"shares of pool {pool}" : null);
        string flags = change["flags"] is { } bits ? FlagWords(int.Parse(bits, CultureInfo.InvariantCulture)) : "no flags told";
        return (change["state_change_category"], change["state_change_reason"]) switch
        {
            ("BALANCE", "DEBIT") => $"{account} gives {Amount(change["amount"]!)} {token}",
            ("BALANCE", "CREDIT") => $"{account} gets {Amount(change["amount"]!)} {token}",
            ("BALANCE", "MINT") => $"{account} issues {Amount(change["amount"]!)} {token}",
            ("BALANCE", "BURN") => $"{account} takes {Amount(change["amount"]!)} {token} out of existence",
            ("ACCOUNT", "CREATE") => $"{account} is created by {AddressText.Of(change["creator_account_id"])}",
            ("ACCOUNT", "MERGE") => $"{account} is merged into {AddressText.Of(change["destination_account_id"])}",
            ("SIGNER", "ADD") =>
                $"{account} adds signer {AddressText.Of(change["signer_account_id"])} with weight {change["signer_weight_new"]}",
            ("SIGNER", "UPDATE") =>
                $"{account} changes the weight of signer {AddressText.Of(change["signer_account_id"])} "
                    + $"from {change["signer_weight_old"]} to {change["signer_weight_new"]}",
            ("SIGNER", "REMOVE") =>
                $"{account} removes signer {AddressText.Of(change["signer_account_id"])} of weight {change["signer_weight_old"]}",
            ("SIGNATURE_THRESHOLD", _) =>
                $"{account} sets its {change["threshold"]} threshold from {change["threshold_old"]} to {change["threshold_new"]}",
            ("FLAGS", "SET") => $"{account} sets {flags}",
            ("FLAGS", _) => $"{account} clears {flags}",
            ("TRUSTLINE", "ADD") => $"{account} trusts {token} up to {change["trustline_limit_new"]}",
            ("TRUSTLINE", "UPDATE") =>
                $"{account} changes its limit for {token} from {Amount(change["trustline_limit_old"]!)} to {change["trustline_limit_new"]}",
            ("TRUSTLINE", _) => $"{account} trusts {token} no more",
            ("BALANCE_AUTHORIZATION", "SET") => $"{account} is given for {token}: {flags}",
            ("BALANCE_AUTHORIZATION", _) => $"{account} loses for {token}: {flags}",
            ("HOME_DOMAIN", var reason) => $"{account} home domain {reason!.ToLowerInvariant()} {change["key_value"]}",
            ("DATA_ENTRY", var reason) =>
                $"{account} data entry {reason!.ToLowerInvariant()} {change["data_entry_name"]} {change["key_value"]}",
            (var category, var reason) => $"{account} {category} {reason}",
        };
    }

    /// <summary>Prints raw units with seven decimals, without trailing zeros. Tokens of contracts may count otherwise.</summary>
    public static string Amount(string raw)
    {
        var value = BigInteger.Parse(raw, CultureInfo.InvariantCulture);
        BigInteger whole = BigInteger.DivRem(BigInteger.Abs(value), Unit, out BigInteger rest);
        string decimals = rest.IsZero ? "" : "." + rest.ToString("D7", CultureInfo.InvariantCulture).TrimEnd('0');
        return $"{(value.Sign < 0 ? "-" : "")}{whole.ToString(CultureInfo.InvariantCulture)}{decimals}";
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
                output.WriteLine($"  = {account} {(sum.Sign > 0 ? "+" : "")}{Amount(sum.ToString(CultureInfo.InvariantCulture))} {token}");
        }
    }

    private static string Result(string code) => code["TransactionResultCodeTx".Length..];

    private static string FlagWords(int flags)
    {
        string[] names = ["authorized", "authorization required", "authorization revocable", "authorization immutable",
            "clawback enabled for new lines", "clawback enabled", "authorized to maintain liabilities"];
        return string.Join(", ", names.Where((_, bit) => (flags & (1 << bit)) != 0));
    }
}
