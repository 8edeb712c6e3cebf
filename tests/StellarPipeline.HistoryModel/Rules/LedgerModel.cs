using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>The way in: the rows of one ledger, from the written rules.</summary>
public static class LedgerModel
{
    /// <summary>The rows of a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="passphrase">The network's passphrase.</param>
    /// <param name="lenient">
    /// True gives the rows that the protocol implies where wallet-backend gives up a valid ledger: metadata of version 0 is read like that
    /// of version 1, early fee changes are read as they are, a frozen trustline is op_trustline_frozen.
    /// </param>
    /// <exception cref="ModelStop">The rules give no rows for this ledger.</exception>
    public static HistoryRows Rows(CloseMeta ledger, string passphrase, bool lenient = false)
    {
        Network network = new(passphrase, lenient);
        HistoryRows rows = new(ledger.Header.Header.Sequence, ledger.Header.Header.Value.CloseTime);
        Dictionary<string, Envelope> envelopes = [];
        foreach (Envelope envelope in ledger.Set.Envelopes) envelopes.TryAdd(envelope.Hash(passphrase), envelope);
        for (int index = 0; index < ledger.Transactions.Count; index++)
        {
            AppliedTransaction applied = ledger.Transactions[index];
            if (!envelopes.TryGetValue(applied.Result.Hash, out Envelope? envelope))
                throw new ModelStop($"transaction {index + 1}: hash {applied.Result.Hash} is not in the transaction set");
            AddTransaction(rows, new TransactionContext(network, ledger.Header.Header, index + 1, envelope, applied));
        }

        return rows;
    }

    private static void AddTransaction(HistoryRows rows, TransactionContext transaction)
    {
        transaction.Check();
        rows.Transactions.Add(TransactionRules.Row(transaction));
        List<StateChange> changes = [.. FeeRule.Rows(transaction)];
        Numbered(rows, transaction.ToId, 0, TokenStream.Base, changes);
        HashSet<string> ofTransaction = [.. TransactionRules.Participants(transaction), .. changes.Select(static change => change.Account)];
        foreach (OperationContext operation in transaction.Operations)
        {
            rows.Operations.Add(OperationRules.Row(operation));
            HashSet<string> accounts = [.. Participants.Of(operation)];
            foreach ((long stream, IEnumerable<StateChange> ofStream) in Streams(operation))
            {
                List<StateChange> list = [.. ofStream];
                Numbered(rows, transaction.ToId, operation.Id, stream, list);
                accounts.UnionWith(list.Select(static change => change.Account));
            }

            foreach (string account in accounts) rows.OperationAccounts.Add((account, operation.Id));
            ofTransaction.UnionWith(accounts);
        }

        foreach (string account in ofTransaction) rows.TransactionAccounts.Add((account, transaction.ToId));
    }

    private static IEnumerable<(long Base, IEnumerable<StateChange> Rows)> Streams(OperationContext operation) =>
    [
        (TokenStream.Base, TokenStream.Rows(operation)),
        (1L << 28, Effects.Rows(operation)),
        (2L << 28, Deployments.Rows(operation)),
        (3L << 28, AssetAuthorizations.Rows(operation)),
    ];

    private static void Numbered(HistoryRows rows, long toId, long operationId, long stream, List<StateChange> changes)
    {
        for (int index = 0; index < changes.Count; index++)
            rows.StateChanges.Add(changes[index] with { ToId = toId, OperationId = operationId, Id = stream + index + 1 });
    }
}
