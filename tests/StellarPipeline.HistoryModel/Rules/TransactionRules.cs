using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>The row of a transaction, and who takes part in it besides its operations.</summary>
public static class TransactionRules
{
    private static readonly Dictionary<int, string> Codes = new()
    {
        [1] = "FeeBumpInnerSuccess", [0] = "Success", [-1] = "Failed", [-2] = "TooEarly", [-3] = "TooLate", [-4] = "MissingOperation",
        [-5] = "BadSeq",
        [-6] = "BadAuth", [-7] = "InsufficientBalance", [-8] = "NoAccount", [-9] = "InsufficientFee", [-10] = "BadAuthExtra",
        [-11] = "InternalError",
        [-12] = "NotSupported", [-13] = "FeeBumpInnerFailed", [-14] = "BadSponsorship", [-15] = "BadMinSeqAgeOrGap", [-16] = "Malformed",
        [-17] = "SorobanInvalid",
        [-18] = "FrozenKeyAccessed",
    };

    public static TransactionRow Row(TransactionContext transaction)
    {
        TransactionResult result = transaction.Applied.Result;
        if (!Codes.TryGetValue(result.Code, out string? code)) throw new ModelStop($"transaction result code {result.Code}");
        Envelope envelope = transaction.Envelope;
        bool includesRefund = transaction.Header.Version < 21 && envelope.IsFeeBump && envelope.HasSorobanData;
        long fee = FeeRule.Stroops(result.FeeCharged - (includesRefund ? FeeRule.Refund(transaction) : 0));
        return new(transaction.ToId, result.Hash, fee, "TransactionResultCodeTx" + code, envelope.IsFeeBump);
    }

    /// <summary>The source, the fee-bump account and the accounts in the fee changes.</summary>
    public static IEnumerable<string> Participants(TransactionContext transaction)
    {
        yield return transaction.Envelope.Source.Account;
        yield return transaction.FeeAccount;
        foreach (EntryChange change in EntryChange.Pair(transaction.Applied.FeeChanges))
        {
            if (change.PreAs<AccountEntry>() is { } before) yield return before.Id;
            if (change.PostAs<AccountEntry>() is { } after) yield return after.Id;
        }
    }
}
