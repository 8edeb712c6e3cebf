using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Stream 3: authorization that an asset contract gave or took (rules 9).</summary>
public static class AssetAuthorizations
{
    public static IEnumerable<StateChange> Rows(OperationContext operation) => operation.Operation.Body is OperationBody.Invoke
        ? operation.Events.SelectMany(contractEvent => Rows(operation, contractEvent))
        : [];

    private static IEnumerable<StateChange> Rows(OperationContext operation, ContractEvent contractEvent)
    {
        List<ScVal> topics = contractEvent.Topics;
        int count = operation.Transaction.Meta.Version == 4 ? 3 : 4;
        if (contractEvent.Type != 1 || contractEvent.Contract is not { } contract || topics.Count != count
            || topics[0].AsSymbol != "set_authorized")
        {
            return [];
        }
        // The admin among the topics of the first generation is not looked at, unlike in mints and clawbacks.
        string? holder = topics[^2].AsAddress;
        string? text = topics[^1].AsText?.Split(',')[0];
        if (holder is null || contractEvent.Data.AsBool is not { } authorize) return [];
        if (ContractEvents.AssetOf(operation.Network, text, contract) is not { } asset) return [];
        return Address.IsContract(holder) ? OfContract(operation, contract, holder, authorize)
            : OfAccount(operation, contract, asset, holder, authorize);
    }

    private static IEnumerable<StateChange> OfAccount(
        OperationContext operation, string contract, Asset asset, string holder, bool authorize)
    {
        EntryChange? change = operation.Changes.FirstOrDefault(change => change.EitherAs<TrustlineEntry>() is { } line
            && line.Account == holder && line.Asset == asset);
        if (change is null) yield break;
        uint before = change.PreAs<TrustlineEntry>()?.Flags ?? 0;
        bool wasAuthorized = (before & 1) != 0, kept = (before & 2) != 0;
        if (authorize)
        {
            if (!wasAuthorized) yield return Row("SET", 1);
            if (kept) yield return Row("CLEAR", 64);
        }
        else
        {
            if (wasAuthorized) yield return Row("CLEAR", 1);
            if (!kept) yield return Row("SET", 64);
        }

        StateChange Row(string reason, int flags) => new("BALANCE_AUTHORIZATION", reason, holder) { Token = contract, Flags = flags };
    }

    private static IEnumerable<StateChange> OfContract(OperationContext operation, string contract, string holder, bool authorize)
    {
        EntryChange? change = operation.Changes.FirstOrDefault(change =>
            change.EitherAs<ContractDataEntry>() is { } data && data.Contract == contract
                && data.Key.AsVec is [{ AsSymbol: "Balance" }, { AsAddress: var owner }] && owner == holder);
        if (change is null) yield break;
        bool before = false;
        if (change.PreAs<ContractDataEntry>() is { } old)
        {
            if (old.Value.AsMap is not { Count: 3 } map
                || map.Find(static pair => pair.Key.AsSymbol == "authorized").Value?.AsBool is not { } was)
            {
                yield break;
            }

            before = was;
        }

        if (before != authorize) yield return new("BALANCE_AUTHORIZATION", authorize ? "SET" : "CLEAR", holder) { Token = contract };
    }
}
