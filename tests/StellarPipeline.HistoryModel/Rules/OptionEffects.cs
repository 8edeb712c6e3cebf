using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>The effects of SET_OPTIONS: home domain, thresholds, flags, signers, in this order.</summary>
public static class OptionEffects
{
    public static IEnumerable<StateChange> Rows(OperationContext operation, OperationBody.SetOptions body)
    {
        string source = operation.Source;
        AccountEntry? before = operation.Changes.Select(static change => change.PreAs<AccountEntry>())
            .FirstOrDefault(account => account?.Id == source);
        if (body.HomeDomain is { } domain && before is not null && domain != before.HomeDomain)
            yield return HomeDomain(source, before.HomeDomain, domain);
        (string Name, uint? New, int Index)[] thresholds = [("LOW", body.Low, 1), ("MEDIUM", body.Medium, 2), ("HIGH", body.High, 3)];
        foreach ((string name, uint? value, int index) in thresholds)
        {
            if (value is null || before is null) continue;
            yield return new("SIGNATURE_THRESHOLD", "UPDATE", source)
            {
                Threshold = name,
                ThresholdOld = before.Thresholds[index],
                ThresholdNew = value,
            };
        }

        if (Effects.AccountFlags(body.SetFlags ?? 0) is { } set) yield return new("FLAGS", "SET", source) { Flags = set };
        if (Effects.AccountFlags(body.ClearFlags ?? 0) is { } cleared) yield return new("FLAGS", "CLEAR", source) { Flags = cleared };
        foreach (EntryChange change in operation.Changes)
        {
            if (change.PreAs<AccountEntry>() is not { } old || change.PostAs<AccountEntry>() is not { } changed) continue;
            foreach (StateChange row in Signers(source, Summary(old), Summary(changed))) yield return row;
        }
    }

    private static StateChange HomeDomain(string source, string before, string after)
    {
        if (before.Length == 0) return new("HOME_DOMAIN", "SET", source) { KeyValue = HistoryCsv.Json(("new", after)) };
        if (after.Length == 0) return new("HOME_DOMAIN", "CLEAR", source) { KeyValue = HistoryCsv.Json(("old", before)) };
        return new("HOME_DOMAIN", "UPDATE", source) { KeyValue = HistoryCsv.Json(("new", after), ("old", before)) };
    }

    private static IEnumerable<StateChange> Signers(string source, List<AccountSigner> before, List<AccountSigner> after)
    {
        foreach (AccountSigner old in before)
        {
            AccountSigner? now = after.Find(signer => signer.Key == old.Key);
            if (now is null) yield return new("SIGNER", "REMOVE", source) { Signer = old.Key.Address, WeightOld = old.Weight };
            else if (now.Weight != old.Weight)
                yield return new("SIGNER", "UPDATE", source) { Signer = old.Key.Address, WeightOld = old.Weight, WeightNew = now.Weight };
        }

        foreach (AccountSigner added in after.Where(signer => !before.Exists(old => old.Key == signer.Key)))
            yield return new("SIGNER", "ADD", source) { Signer = added.Key.Address, WeightNew = added.Weight };
    }

    /// <summary>Signers and, with a master weight, the account's own key, in the order of their strkeys.</summary>
    private static List<AccountSigner> Summary(AccountEntry account)
    {
        IEnumerable<AccountSigner> own = account.Thresholds[0] > 0 ? [new(SignerKey.Of(account.Id), account.Thresholds[0], null)] : [];
        return [.. account.Signers.Concat(own).OrderBy(static signer => signer.Key.StrKey, StringComparer.Ordinal)];
    }
}
