using System.Globalization;
using System.Text;
using StellarPipeline.Cli.Output;

namespace StellarPipeline.Cli.Show;

/// <summary>Prints for people, in lines of at most 80 columns; a longer word, such as an address, is not broken.</summary>
internal sealed class ShowText(TextWriter output)
{
    private const int Columns = 80;

    /// <summary>Prints an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="only">The only list that was asked for, which is then shown even if it is empty; null for all.</param>
    public void Write(AccountView account, string? only)
    {
        bool isContract = account.Account[0] == 'C';
        Line($"{(isContract ? "Contract" : "Account")} {account.Account}");
        if (account.Muxed is not null)
        {
            Line("Given as the muxed address", 2);
            Line(account.Muxed, 4);
            Line(
                string.Create(CultureInfo.InvariantCulture,
                    $"with id {account.MuxedId} of this {(isContract ? "contract" : "account")}: ids distinguish the owner's customers; "
                            + $"the ledger keeps one balance for all of them."), 2);
        }

        if (account.Ledger is { } ledger) Line(FormattableString.Invariant($"Balances as of ledger {ledger:N0}"));
        if (account.Token is { } token) Section("The contract is a token", [token], Write, null, null);
        if (account.Native is { } native) Write(native);
        else if (!isContract) Line("No native balance: the account does not exist.");
        List("Trustlines", "trustlines", account.Trustlines, Write, only is not null || !isContract);
        List("Pool shares", "pools", account.Pools, Write, only is not null);
        List("Assets held in their contracts", "assets", account.Assets, Write, only is not null);
        List("Tokens", "tokens", account.Tokens, Write, only is not null);
        List("Contract tokens", "contract-tokens", account.ContractTokens, Write, only is not null);
        List("Allowances given", "allowances", account.Allowances, allowance =>
        {
            Line(allowance.Spender, 2);
            Line(FormattableString.Invariant(
                $"may spend {allowance.Amount} {allowance.Contract} until ledger {allowance.ExpirationLedger:N0}"), 4);
        }, only is not null);
        List("Last changes", "changes", account.Changes, change => WriteChange(change, account.Account, hasTime: true, 2), true);
    }

    public void Write(TransactionView transaction)
    {
        WriteHead(transaction, 0);
        WriteParticipants(transaction.Participants, 0);
        foreach (ChangeView change in transaction.Changes?.Rows ?? []) WriteChange(change, "", hasTime: false, 2);
        foreach (OperationView operation in transaction.Operations?.Rows ?? [])
        {
            output.WriteLine();
            WriteHead(operation);
            foreach (ChangeView change in operation.Changes?.Rows ?? []) WriteChange(change, "", hasTime: false, 2);
            if (operation.Changes?.Next is not null) Line(FormattableString.Invariant($"More: show operation {operation.Operation}"), 2);
        }

        More(null, transaction.Operations?.Next);
    }

    public void Write(OperationView operation, TransactionView? transaction)
    {
        WriteHead(operation);
        WriteParticipants(operation.Participants, 0);
        if (operation.Changes is { Rows.Count: > 0 } changes)
        {
            output.WriteLine();
            Line("Changes");
            foreach (ChangeView change in changes.Rows) WriteChange(change, "", hasTime: false, 2);
            More(null, changes.Next);
        }

        if (transaction is null) return;
        output.WriteLine();
        WriteHead(transaction, 0);
    }

    public void Write(LedgerView ledger)
    {
        Line(FormattableString.Invariant($"Ledger {ledger.Ledger}, closed {ledger.Closed}"));
        foreach (TransactionView transaction in ledger.Transactions.Rows)
        {
            Line($"{transaction.Place}: {transaction.Hash}", 2);
            Line($"{Result(transaction)}, fee {transaction.Fee} native", 4);
        }

        More(null, ledger.Transactions.Next);
    }

    public void Write(AssetView asset)
    {
        Line($"Asset {asset.Asset}");
        Line(FormattableString.Invariant(
            $"{asset.Trustlines:N0} trustlines, {asset.Holders:N0} of them with a balance; together they hold {asset.InTrustlines}."), 2);
        if (asset.Contract is { } contract) Section("Its contract", [contract], Write, null, null);
        else Line("The tables contain no contract for it.", 2);
    }

    private static string Result(TransactionView transaction)
    {
        const string prefix = "TransactionResultCodeTx";
        string code =
            transaction.Result.StartsWith(prefix, StringComparison.Ordinal) ? transaction.Result[prefix.Length..] : transaction.Result;
        return code + (transaction.IsFeeBump ? ", fee bump" : "");
    }

    private void WriteHead(TransactionView transaction, int indent)
    {
        Line($"Transaction {transaction.Hash}", indent);
        Line(
            FormattableString.Invariant(
                $"ledger {transaction.Ledger}, place {transaction.Place}, id {transaction.Transaction}, closed {transaction.Closed}"),
            indent + 2);
        Line($"{Result(transaction)}, fee {transaction.Fee} native", indent + 2);
    }

    private void WriteHead(OperationView operation)
    {
        Line(FormattableString.Invariant($"Operation {operation.Place}: {operation.Type}, {operation.Result}, id {operation.Operation}"));
        if (operation.Xdr is not { } xdr) return;
        Line("XDR in base 64", 2);
        for (int at = 0; at < xdr.Length; at += Columns - 4) Line(xdr.Substring(at, Math.Min(Columns - 4, xdr.Length - at)), 4);
    }

    private void WriteParticipants(IReadOnlyList<string>? participants, int indent)
    {
        if (participants is not { Count: > 0 }) return;
        Line("Participants", indent + 2);
        foreach (string account in participants) Line(account, indent + 4);
    }

    private void Write(NativeView native)
    {
        output.WriteLine();
        Line("Native balance");
        Line($"{native.Balance}, of which {native.Minimum} must stay", 2);
        Line($"buying liabilities {native.BuyingLiabilities}, selling liabilities {native.SellingLiabilities}", 2);
        Line(FormattableString.Invariant($"{native.Subentries} subentries; changed in ledger {native.LastModifiedLedger}"), 2);
    }

    private void Write(TrustlineView line)
    {
        Line(line.Asset, 2);
        Line($"{line.Balance} of at most {line.Limit}; {line.Flags}", 4);
        if (line.BuyingLiabilities != line.SellingLiabilities || line.BuyingLiabilities.AsSpan().ContainsAnyExcept('0', '.'))
            Line($"buying liabilities {line.BuyingLiabilities}, selling liabilities {line.SellingLiabilities}", 4);
    }

    private void Write(PoolView pool)
    {
        Line(pool.Pool, 2);
        Line(
            $"{pool.Shares} shares of "
                + $"{(pool.AssetA is null ? "a pool that the tables do not contain" : $"{pool.AssetA} and {pool.AssetB}")}",
            4);
    }

    private void Write(TokenView token)
    {
        Line($"{token.Contract} ({token.Type})", 2);
        string name = token.Name is null ? "without a known name" : token.Name;
        Line($"{(token.Balance is null ? "" : $"{token.Balance} ")}{name}{(token.Note is null ? "" : $"; {token.Note}")}", 4);
    }

    private void WriteChange(ChangeView change, string subject, bool hasTime, int indent)
    {
        // In a list of one account, the lines do not repeat the account.
        string words = subject.Length > 0 && change.Words.StartsWith(subject + " ", StringComparison.Ordinal)
            ? change.Words[(subject.Length + 1)..]
            : change.Words;
        if (hasTime)
        {
            Line(FormattableString.Invariant(
                $"{change.Closed}, ledger {change.Ledger}{(change.Operation == 0 ? ", fee" : $", operation {change.Operation}")}"), indent);
        }

        Line(words, hasTime ? indent + 2 : indent);
    }

    private void List<T>(string title, string name, ListView<T>? list, Action<T> write, bool isTold)
    {
        if (list is null || (list.Rows.Count == 0 && !isTold)) return;
        Section(list.Rows.Count == 0 ? $"{title}: none" : title, list.Rows, write, name, list.Next);
    }

    private void Section<T>(string title, IReadOnlyList<T> rows, Action<T> write, string? name, string? next)
    {
        output.WriteLine();
        Line(title);
        foreach (T row in rows) write(row);
        More(name, next);
    }

    private void More(string? list, string? next)
    {
        if (next is null) return;
        Line($"More: add {(list is null ? "" : $"--list {list} ")}--after", 2);
        Line(next, 4);
    }

    private void Line(string text, int indent = 0)
    {
        StringBuilder line = new System.Text.StringBuilder().Append(' ', indent);
        int start = line.Length;
        foreach (string word in TerminalText.Plain(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > start && line.Length + 1 + word.Length > Columns)
            {
                output.WriteLine(line);
                line.Clear().Append(' ', indent + 2);
                start = line.Length;
            }

            if (line.Length > start) line.Append(' ');
            line.Append(word);
        }

        output.WriteLine(line);
    }
}
