using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 0: events of asset contracts in INVOKE_HOST_FUNCTION. Events of other tokens (SEP-41) produce no rows here.</summary>
/// <remarks>
/// Events of contracts with a body of version 0 and a symbol as first topic:
/// | symbol | topics, metadata version 3 | topics, version 4 |
/// | transfer | symbol, from, to, asset | the same |
/// | mint | symbol, administrator, to, asset | symbol, to, asset |
/// | clawback | symbol, administrator, from, asset | symbol, from, asset |
/// | burn | symbol, from, asset | the same |
/// | data | i128 | i128, or a map of symbols with amount (i128) and perhaps to_muxed_id (u64, bytes, string, void) |
/// The asset's contract must have emitted the event. Version 3 does not mark transfers of an issuer, so mints and burns are recognized
/// here. Events in metadata of version 3 belong to the transaction, not to an operation. An event that does not fit is skipped alone, and
/// counted.
/// </remarks>
internal sealed class ContractTransferDeriver(TransferRows events, EventAsset asset, HistoryCounts counts)
{
    private const int MaxTopics = 4;

    public void Derive(in OperationContext operation)
    {
        bool isVersion3 = operation.Transaction.MetaVersion == 3;
        foreach (ContractEventView one in operation.ContractEvents)
        {
            if (!one.IsOfContract || one.TopicCount is < 2 or > MaxTopics) continue;
            Derive(operation, one, isVersion3);
        }
    }

    private void Derive(in OperationContext operation, in ContractEventView one, bool isVersion3)
    {
        ScValElements topics = one.Topics;
        topics.MoveNext();
        ScValView symbol = topics.Current;
        bool isTransfer = symbol.IsSymbol("transfer"u8);
        bool isMint = !isTransfer && symbol.IsSymbol("mint"u8);
        bool isClawback = !isTransfer && !isMint && symbol.IsSymbol("clawback"u8);
        bool isBurn = !isTransfer && !isMint && !isClawback && symbol.IsSymbol("burn"u8);
        if (!isTransfer && !isMint && !isClawback && !isBurn) return;

        bool hasTwoAddresses = isTransfer || (isVersion3 && !isBurn);
        if (one.TopicCount != (hasTwoAddresses ? 4 : 3)) return;
        if (!TryReadAddress(ref topics, out Party first)) return;
        Party second = default;
        if (hasTwoAddresses && !TryReadAddress(ref topics, out second)) return;
        topics.MoveNext();
        if (!asset.TryFind(topics.Current, one.ContractId, takesFirst: false)) return;
        if (!TryReadAmount(one.Data, allowsMap: !isVersion3, out Int128 amount))
        {
            counts.Skipped++;
            return;
        }

        Party party = hasTwoAddresses && !isTransfer ? second : first;
        if (isMint) events.Mint(operation, one.ContractId, asset.Issuer, party, amount);
        else if (isBurn) events.Burn(operation, one.ContractId, asset.Issuer, party, amount);
        else if (isClawback) events.Clawback(operation, one.ContractId, asset.Issuer, party, amount);
        else if (isVersion3) events.Move(operation, one.ContractId, asset.Issuer, first, second, amount);
        else events.Transfer(operation, one.ContractId, first, second, amount);
    }

    private bool TryReadAddress(scoped ref ScValElements topics, out Party party)
    {
        topics.MoveNext();
        bool isAddress = topics.Current.Type == ScValType.Address;
        party = isAddress ? Party.Of(topics.Current.AsAddress()) : default;
        if (!isAddress) counts.Skipped++;
        return isAddress;
    }

    private static bool TryReadAmount(ScValView data, bool allowsMap, out Int128 amount)
    {
        amount = 0;
        if (data.Type == ScValType.Int128)
        {
            amount = data.AsInt128();
            return true;
        }

        if (!allowsMap || data.Type != ScValType.Map) return false;
        bool hasAmount = false;
        foreach (ScMapEntryView entry in data.Entries)
        {
            if (entry.Key.Type != ScValType.Symbol) return false;
            if (entry.Key.IsSymbol("amount"u8))
            {
                if (entry.Value.Type != ScValType.Int128) return false;
                amount = entry.Value.AsInt128();
                hasAmount = true;
            }
            else if (entry.Key.IsSymbol("to_muxed_id"u8))
            {
                if (entry.Value.Type is not (ScValType.UInt64 or ScValType.Bytes or ScValType.String or ScValType.Void)) return false;
            }
        }

        return hasAmount;
    }
}
