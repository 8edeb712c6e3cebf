using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 3: authorization of holders through an asset's contract: events <c>set_authorized</c> of INVOKE_HOST_FUNCTION.</summary>
/// <remarks>
/// Topics of metadata version 3: symbol, administrator, holder, asset; of version 4: symbol, holder, asset. Data: a bool. The asset's
/// contract must have emitted the event.
/// | holder | compared with | rows |
/// | account, data true | its trustline before; none: no flags | SET authorized unless it was set; CLEAR maintain-liabilities if it was |
/// | account, data false | the same | CLEAR authorized if it was set; SET maintain-liabilities unless it was |
/// | contract | its balance in the contract's data before; none: false | SET or CLEAR without flags, if that changed |
/// Without a change of that trustline or balance there is no row. The state afterwards is not read.
/// </remarks>
internal sealed class AssetAuthorizationDeriver(StateChangeWriter rows, OperationChanges changes, EventAsset asset, HistoryCounts counts)
{
    public void Derive(in OperationContext operation)
    {
        if (operation.Type != OperationType.InvokeHostFunction) return;
        int version = operation.Transaction.MetaVersion;
        ContractEvents events = operation.ContractEvents;
        foreach (ContractEventView one in events)
        {
            if (one.IsOfContract && one.TopicCount == (version == 3 ? 4 : 3)) Derive(operation, one, version);
        }
    }

    private void Derive(in OperationContext operation, in ContractEventView one, int version)
    {
        ScValElements topics = one.Topics;
        topics.MoveNext();
        if (!topics.Current.IsSymbol("set_authorized"u8)) return;
        topics.MoveNext();
        if (version == 3) topics.MoveNext();
        ScValView holder = topics.Current;
        topics.MoveNext();
        ScValView data = one.Data;
        if (holder.Type != ScValType.Address || data.Type != ScValType.Bool
            || !asset.TryFind(topics.Current, one.ContractId, takesFirst: true))
        {
            counts.Skipped++;
            return;
        }

        var party = Party.Of(holder.AsAddress());
        if (party.Kind == StrKeyKind.Contract) DeriveContract(operation, one.ContractId, party, data.AsBool());
        else if (party.IsAccount) DeriveAccount(operation, one.ContractId, party, data.AsBool());
    }

    private void DeriveAccount(in OperationContext operation, ReadOnlySpan<byte> contract, Party holder, bool isAuthorized)
    {
        Span<byte> line = stackalloc byte[52];
        if (!changes.TryFindTrustline(operation, holder.Key, line[..asset.WriteLine(line)], out PairView pair)) return;
        int before = pair.HasBefore ? FlagBits.OfTrustline(pair.Before.AsTrustline().Flags) : 0;
        Write(contract, holder, isAuthorized, FlagBits.Authorized, before);
        Write(contract, holder, !isAuthorized, FlagBits.AuthorizedToMaintainLiabilities, before);
    }

    // One flag: SET if it is wanted and was not set, CLEAR if it was set and is not wanted.
    private void Write(ReadOnlySpan<byte> contract, Party holder, bool isWanted, int flag, int before)
    {
        bool was = (before & flag) != 0;
        if (isWanted == was) return;
        rows.Write(new StateChange("BALANCE_AUTHORIZATION"u8, isWanted ? "SET"u8 : "CLEAR"u8, holder) { Token = contract, Flags = flag });
    }

    private void DeriveContract(in OperationContext operation, ReadOnlySpan<byte> contract, Party holder, bool isAuthorized)
    {
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.ContractData) continue;
            ContractDataEntryView entry = (pair.HasBefore ? pair.Before : pair.After).AsContractData();
            if (entry.Contract.Type != ScAddressType.Contract || !entry.Contract.Payload.SequenceEqual(contract)) continue;
            if (!AssetContract.IsBalanceKey(entry.Key, out ScAddressView owner) || !Party.Of(owner).Is(holder)) continue;
            bool was = false;
            if (pair.HasBefore && !TryReadAuthorized(entry.Value, out was))
            {
                counts.Skipped++;
                return;
            }

            if (was != isAuthorized)
                rows.Write(new StateChange("BALANCE_AUTHORIZATION"u8, isAuthorized ? "SET"u8 : "CLEAR"u8, holder) { Token = contract });
            return;
        }
    }

    private static bool TryReadAuthorized(ScValView balance, out bool isAuthorized)
    {
        isAuthorized = false;
        if (balance.Type != ScValType.Map || balance.Count != 3) return false;
        foreach (ScMapEntryView entry in balance.Entries)
        {
            if (!entry.Key.IsSymbol("authorized"u8) || entry.Value.Type != ScValType.Bool) continue;
            isAuthorized = entry.Value.AsBool();
            return true;
        }

        return false;
    }
}
