using System.Globalization;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Stream 1: what classic operations did besides moving balances (rules 7); successful transactions only.</summary>
public static class Effects
{
    public static IEnumerable<StateChange> Rows(OperationContext operation)
    {
        if (!operation.Transaction.Successful) return [];
        return operation.Operation.Body switch
        {
            OperationBody.CreateAccount body => [new("SIGNER", "ADD", body.Destination) { Signer = body.Destination, WeightNew = 1 }],
            OperationBody.SetOptions body => OptionEffects.Rows(operation, body),
            OperationBody.ChangeTrust body => ChangeTrust(operation, body),
            OperationBody.AllowTrust body => [AllowTrust(operation, body)],
            OperationBody.SetTrustlineFlags body => SetTrustlineFlags(operation, body),
            OperationBody.ManageData body => ManageData(operation, body),
            _ => [],
        };
    }

    /// <summary>Trustline flags as the column holds them; null for none.</summary>
    public static int? TrustlineFlags(uint flags) => Mapped(flags, (1, 1), (2, 64), (4, 32));

    /// <summary>Account flags as the column holds them; null for none.</summary>
    public static int? AccountFlags(uint flags) => Mapped(flags, (1, 2), (2, 4), (4, 8), (8, 16));

    private static int? Mapped(uint flags, params (uint From, int To)[] bits)
    {
        int sum = bits.Where(bit => (flags & bit.From) != 0).Sum(static bit => bit.To);
        return sum == 0 ? null : sum;
    }

    private static IEnumerable<StateChange> ChangeTrust(OperationContext operation, OperationBody.ChangeTrust body)
    {
        EntryChange? change = operation.Changes.FirstOrDefault(change => change.EitherAs<TrustlineEntry>()?.Asset.Type == body.Line.Type);
        if (change is null) yield break;
        if (change.EitherAs<TrustlineEntry>() is not { } line || line.Account != operation.Source || line.Asset != body.Line)
            throw new ModelStop("a trustline changes that is not the operation's");
        string limit = (body.Limit / 10_000_000m).ToString("F7", CultureInfo.InvariantCulture);
        StateChange row = new("TRUSTLINE", "", operation.Source)
        {
            Token = body.Line.Pool is null ? operation.Network.AssetContract(body.Line) : null,
            Pool = body.Line.Pool,
        };
        if (change.Removed)
        {
            yield return row with { Reason = "REMOVE" };
        }
        else if (change.PreAs<TrustlineEntry>() is { } before)
        {
            yield return row with { Reason = "UPDATE", LimitOld = before.Limit.ToString(CultureInfo.InvariantCulture), LimitNew = limit };
        }
        else
        {
            yield return row with { Reason = "ADD", LimitNew = limit };
            int? flags = body.Line.Pool is null ? TrustlineFlags(change.PostAs<TrustlineEntry>()!.Flags) : null;
            yield return row with { Category = "BALANCE_AUTHORIZATION", Reason = "SET", LimitNew = limit, Flags = flags };
        }
    }

    private static StateChange AllowTrust(OperationContext operation, OperationBody.AllowTrust body)
    {
        (string reason, int flags) = (body.Authorize & 1) != 0 ? ("SET", 1) : (body.Authorize & 2) != 0 ? ("SET", 64) : ("CLEAR", 65);
        return new("BALANCE_AUTHORIZATION", reason, body.Trustor) { Token = operation.Network.AssetContract(body.Asset), Flags = flags };
    }

    private static IEnumerable<StateChange> SetTrustlineFlags(OperationContext operation, OperationBody.SetTrustlineFlags body)
    {
        string token = operation.Network.AssetContract(body.Asset);
        if (TrustlineFlags(body.SetFlags) is { } set)
            yield return new("BALANCE_AUTHORIZATION", "SET", body.Trustor) { Token = token, Flags = set };
        if (TrustlineFlags(body.ClearFlags) is { } cleared)
            yield return new("BALANCE_AUTHORIZATION", "CLEAR", body.Trustor) { Token = token, Flags = cleared };
    }

    private static IEnumerable<StateChange> ManageData(OperationContext operation, OperationBody.ManageData body)
    {
        EntryChange? change = operation.Changes.FirstOrDefault(static change => change.Either.Body is DataEntry);
        if (change is null) yield break;
        if (change.Either.Body is not DataEntry data || data.Account != operation.Source || data.Name != body.Name)
            throw new ModelStop("a data entry changes that is not the operation's");
        string? before = Base64(change.PreAs<DataEntry>()), after = Base64(change.PostAs<DataEntry>());
        (string reason, string value) = (before, after) switch
        {
            (null, _) => ("ADD", HistoryCsv.Json(("new", after!))),
            (_, null) => ("REMOVE", HistoryCsv.Json(("old", before))),
            _ => ("UPDATE", HistoryCsv.Json(("new", after), ("old", before))),
        };
        yield return new("DATA_ENTRY", reason, operation.Source) { DataName = body.Name, KeyValue = value };

        static string? Base64(DataEntry? entry) => entry is null ? null : Convert.ToBase64String(entry.Value);
    }
}
