using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Token events of asset contracts, from what they emitted (rules 6.3).</summary>
public static class ContractEvents
{
    public static IEnumerable<TokenEvent> Of(OperationContext operation) =>
        operation.Events.Select(contractEvent => Read(operation, contractEvent)).OfType<TokenEvent>();

    /// <summary>The asset that a topic names, if its contract is the event's; null for all others.</summary>
    public static Asset? AssetOf(Network network, string? text, string contract)
    {
        if (ParseAsset(text) is not { } asset) return null;
        return network.AssetContract(asset) == contract ? asset : null;
    }

    private static TokenEvent? Read(OperationContext operation, ContractEvent contractEvent)
    {
        List<ScVal> topics = contractEvent.Topics;
        if (contractEvent.Type != 1 || contractEvent.Contract is not { } contract || topics.Count < 2) return null;
        bool unified = operation.Transaction.Meta.Version == 4;
        if ((unified ? UnifiedAmount(contractEvent.Data) : contractEvent.Data.AsI128) is not { } amount) return null;
        string? name = topics[0].AsSymbol;
        int count = name == "transfer" ? 4 : unified || name == "burn" ? 3 : 4;

        // Other numbers of topics may be events too, but of no asset, and then they give no rows.
        if (topics.Count != count || AssetOf(operation.Network, topics[^1].AsText, contract) is not { } asset) return null;
        string? first = topics[1].AsAddress, second = topics[2].AsAddress;
        if (first is null || (count == 4 && second is null)) return null;
        string end = count == 4 ? second! : first;
        return name switch
        {
            "transfer" => unified ? new(TokenEventKind.Transfer, asset, first, second, amount)
                : TokenEvent.Move(asset, first, second!, amount),
            "mint" => new(TokenEventKind.Mint, asset, null, end, amount),
            "burn" => new(TokenEventKind.Burn, asset, first, null, amount),
            "clawback" => new(TokenEventKind.Clawback, asset, end, null, amount),
            _ => null,
        };
    }

    private static Int128? UnifiedAmount(ScVal data)
    {
        if (data.AsI128 is { } plain) return plain;
        if (data.AsMap is not { } map || map.Any(static pair => pair.Key.AsSymbol is null)) return null;
        Int128? amount = null;
        foreach ((ScVal key, ScVal value) in map)
        {
            if (key.AsSymbol == "amount")
            {
                if (value.AsI128 is null) return null;
                amount = value.AsI128;
            }

            // Void (1) counts as absent; 5 u64, 13 bytes, 14 string are ids.
            if (key.AsSymbol == "to_muxed_id" && value.Type is not (1 or 5 or 13 or 14)) return null;
        }

        return amount;
    }

    private static Asset? ParseAsset(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Equals("native", StringComparison.OrdinalIgnoreCase)) return Asset.Native;
        string[] parts = text.Split(':');
        if (parts is not [{ Length: >= 1 and <= 12 } code, var issuer] || !code.All(char.IsAsciiLetterOrDigit)) return null;
        return StrKeyText.DecodeAccount(issuer) is { } key ? Asset.Credit(code, key) : null;
    }
}
