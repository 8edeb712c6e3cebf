using System.Globalization;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Stream 0: balances moved, accounts made and merged (rules 6.4).</summary>
public static class TokenStream
{
    public const long Base = 0;

    public static IEnumerable<StateChange> Rows(OperationContext operation)
    {
        if (!operation.Transaction.Successful) return [];
        if (operation.Operation.Body is OperationBody.Invoke)
            return [.. ContractEvents.Of(operation).SelectMany(token => Rows(operation, token))];
        if (ClassicEvents.Of(operation) is not { } events) return [];
        if (operation.Transaction.Header.Version < 8) events = Reconciled(operation, events);
        return [.. events.SelectMany(token => Rows(operation, token))];
    }

    /// <summary>
    /// Early ledgers moved lumens that no operation tells of: what the source's balance says more or less than the events.
    /// </summary>
    private static List<TokenEvent> Reconciled(OperationContext operation, List<TokenEvent> events)
    {
        string source = operation.Source;
        Int128 ofLedger = 0, ofEvents = 0;
        foreach (EntryChange change in operation.Changes)
        {
            if (change.EitherAs<AccountEntry>()?.Id == source)
                ofLedger += (change.PostAs<AccountEntry>()?.Balance ?? 0) - (change.PreAs<AccountEntry>()?.Balance ?? 0);
        }

        foreach (TokenEvent token in events.Where(static token => token.Asset == Asset.Native))
        {
            if (token.From == source) ofEvents -= token.Amount;
            if (token.To == source) ofEvents += token.Amount;
        }

        if (ofLedger > ofEvents) return [new(TokenEventKind.Mint, Asset.Native, null, source, ofLedger - ofEvents), .. events];
        if (ofLedger < ofEvents) return [.. events, new(TokenEventKind.Burn, Asset.Native, source, null, ofEvents - ofLedger)];
        return events;
    }

    private static IEnumerable<StateChange> Rows(OperationContext operation, TokenEvent token)
    {
        string contract = operation.Network.AssetContract(token.Asset);
        int type = operation.Operation.Type;
        return token.Kind switch
        {
            TokenEventKind.Transfer => Transfer(),
            TokenEventKind.Mint => [.. OfIssuer("MINT"), .. IsHolder(token.To) ? [Balance("CREDIT", token.To!)]
                : Array.Empty<StateChange>()],
            TokenEventKind.Burn when type is 15 or 23 => [Balance("BURN", operation.Source)],
            TokenEventKind.Clawback when type == 20 => [Balance("BURN", operation.Source)],
            _ => [.. OfIssuer("BURN"), .. IsHolder(token.From) ? [Balance("DEBIT", token.From!)] : Array.Empty<StateChange>()],
        };

        StateChange Balance(string reason, string account) =>
            new("BALANCE", reason, account) { Token = contract, Amount = token.Amount.ToString(CultureInfo.InvariantCulture) };

        IEnumerable<StateChange> OfIssuer(string reason) => token.Asset.Issuer is { } issuer ? [Balance(reason, issuer)] : [];

        IEnumerable<StateChange> Transfer()
        {
            string from = token.From!, to = token.To!;
            return type switch
            {
                14 or 22 => [Balance("DEBIT", from)],
                15 or 23 => [Balance("CREDIT", to)],
                7 or 21 => [],
                _ when Address.IsBalance(from) || Address.IsBalance(to) => [],
                _ when Address.IsPool(from) => [Balance("CREDIT", to)],
                _ when Address.IsPool(to) => [Balance("DEBIT", from)],
                0 => [new("ACCOUNT", "CREATE", to) { Creator = from }, Balance("DEBIT", from), Balance("CREDIT", to)],
                8 => [new("ACCOUNT", "MERGE", from) { Destination = to }, Balance("DEBIT", from), Balance("CREDIT", to)],
                _ => [Balance("DEBIT", from), Balance("CREDIT", to)],
            };
        }
    }

    private static bool IsHolder(string? address) => !Address.IsPool(address) && !Address.IsBalance(address);
}
