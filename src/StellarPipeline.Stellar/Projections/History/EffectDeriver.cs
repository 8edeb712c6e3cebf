using System.Security.Cryptography;
using System.Text.Unicode;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Ledgers.Operations;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 1: changes by operations of successful transactions, other than changes of balances.</summary>
/// <remarks>
/// Account = source of the operation, unless stated. "Before" is the before-image of the entry in this operation's changes; if it is needed
/// and missing, the row is skipped and counted. If another entry changed than the one the operation names, the ledger contradicts itself
/// and is refused.
/// | operation | rows |
/// | create account | SIGNER ADD on the new account: itself, weight 1 |
/// | set options | see <see cref="SetOptionsDeriver"/> |
/// | change trust | see <see cref="DeriveChangeTrust"/> |
/// | allow trust | BALANCE_AUTHORIZATION on the trustor: bit 1 → SET authorized; else bit 2 → SET maintain-liabilities; else CLEAR both |
/// | set trustline flags | BALANCE_AUTHORIZATION on the trustor: SET with the bits to set, CLEAR with those to clear; none for none |
/// | manage data | DATA_ENTRY ADD, UPDATE or REMOVE by the first change of a data entry, values in base64 |
/// | all others | none |
/// </remarks>
internal sealed class EffectDeriver(StateChangeWriter rows, OperationChanges changes, SetOptionsDeriver setOptions, AssetIds assets,
    KeyValueJson json)
{
    private const int AccountIdBytes = 36;

    public void Derive(in OperationContext operation)
    {
        if (!operation.Transaction.IsSuccessful) return;
        switch (operation.Type)
        {
            case OperationType.CreateAccount:
                var account = Party.Account(operation.Operation.AsCreateAccount().Destination);
                rows.Write(new StateChange("SIGNER"u8, "ADD"u8, account) { Signer = account, SignerWeightNew = 1 });
                break;
            case OperationType.SetOptions:
                setOptions.Derive(operation);
                break;
            case OperationType.ChangeTrust:
                DeriveChangeTrust(operation);
                break;
            case OperationType.AllowTrust:
                DeriveAllowTrust(operation);
                break;
            case OperationType.SetTrustLineFlags:
                DeriveTrustlineFlags(operation);
                break;
            case OperationType.ManageData:
                DeriveManageData(operation);
                break;
        }
    }

    /// <summary>
    /// TRUSTLINE ADD, UPDATE or REMOVE by the first trustline change of the line's asset type; after ADD also BALANCE_AUTHORIZATION SET
    /// with the flags of the new trustline.
    /// </summary>
    /// <remarks>
    /// The new limit is the limit in the operation. The second row repeats it, because upstream builds it from the first.
    /// </remarks>
    private void DeriveChangeTrust(in OperationContext operation)
    {
        ChangeTrustOperation body = operation.Operation.AsChangeTrust();
        if (!TryFindTrustline(operation, body.LineType, out PairView pair)) return;
        bool isPool = body.LineType == AssetType.PoolShare;
        Span<byte> key = stackalloc byte[AccountIdBytes + 52];
        key = key[..WriteTrustlineKey(operation, body, key)];
        if (!pair.KeyBody.SequenceEqual(key))
            HistoryThrow.Broken(operation, "The operation changes a trustline, but not the one of its source and asset.");
        scoped StateChange row = new("TRUSTLINE"u8, "REMOVE"u8, Party.Account(operation.Source));
        if (isPool) row.Pool = key[^32..];
        else row.Token = assets.Of(body.Asset);
        if (!pair.HasAfter)
        {
            rows.Write(row);
            return;
        }

        row.LimitNew = body.Limit;
        if (pair.HasBefore)
        {
            row.Reason = "UPDATE"u8;
            row.LimitOld = pair.Before.AsTrustline().Limit;
            rows.Write(row);
            return;
        }

        row.Reason = "ADD"u8;
        rows.Write(row);
        row.Category = "BALANCE_AUTHORIZATION"u8;
        row.Reason = "SET"u8;
        if (!isPool) row.Flags = FlagBits.OfTrustline(pair.After.AsTrustline().Flags);
        rows.Write(row);
    }

    private void DeriveAllowTrust(in OperationContext operation)
    {
        AllowTrustOperation body = operation.Operation.AsAllowTrust();
        bool isCleared = (body.Authorize & 3) == 0;
        int flags = (body.Authorize & 1) != 0 ? FlagBits.Authorized : FlagBits.AuthorizedToMaintainLiabilities;
        rows.Write(new StateChange("BALANCE_AUTHORIZATION"u8, isCleared ? "CLEAR"u8 : "SET"u8, Party.Account(body.Trustor))
        {
            Token = assets.Of(body.RawCode, operation.Source),
            Flags = isCleared ? FlagBits.Authorized | FlagBits.AuthorizedToMaintainLiabilities : flags,
        });
    }

    private void DeriveTrustlineFlags(in OperationContext operation)
    {
        SetTrustlineFlagsOperation body = operation.Operation.AsSetTrustlineFlags();
        var row = new StateChange("BALANCE_AUTHORIZATION"u8, "SET"u8, Party.Account(body.Trustor))
        {
            Token = assets.Of(body.Asset),
            Flags = FlagBits.OfTrustline(body.SetFlags),
        };
        if (row.Flags != 0) rows.Write(row);
        row.Reason = "CLEAR"u8;
        row.Flags = FlagBits.OfTrustline(body.ClearFlags);
        if (row.Flags != 0) rows.Write(row);
    }

    private void DeriveManageData(in OperationContext operation)
    {
        ManageDataOperation body = operation.Operation.AsManageData();
        if (!TryFindData(operation, out PairView pair)) return;
        if (body.Name.IsEmpty || body.Name.Contains((byte)0) || !Utf8.IsValid(body.Name))
            HistoryThrow.Broken(operation, $"The data entry's name is 0x{Convert.ToHexStringLower(body.Name)}, which is empty or no text.");
        DataEntryView entry = (pair.HasAfter ? pair.After : pair.Before).AsData();
        if (!entry.AccountId.SequenceEqual(operation.Source) || !entry.Name.SequenceEqual(body.Name))
            HistoryThrow.Broken(operation, "The operation changes a data entry, but not the one of its source and name.");
        var row = new StateChange("DATA_ENTRY"u8, "ADD"u8, Party.Account(operation.Source)) { DataName = body.Name };
        json.Begin();
        if (pair.HasAfter) json.AddBase64("new"u8, pair.After.AsData().Value);
        if (pair.HasBefore)
        {
            row.Reason = pair.HasAfter ? "UPDATE"u8 : "REMOVE"u8;
            json.AddBase64("old"u8, pair.Before.AsData().Value);
        }

        row.KeyValue = json.End();
        rows.Write(row);
    }

    private bool TryFindData(scoped in OperationContext operation, out PairView found)
    {
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.Data) continue;
            found = pair;
            return true;
        }

        found = default;
        return false;
    }

    private bool TryFindTrustline(scoped in OperationContext operation, AssetType type, out PairView found)
    {
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.Trustline) continue;
            if ((pair.HasAfter ? pair.After : pair.Before).AsTrustline().Asset.Type != type) continue;
            found = pair;
            return true;
        }

        found = default;
        return false;
    }

    // The account, then the TrustLineAsset of a ChangeTrustAsset: for a pool its id, which is a hash of its parameters.
    private static int WriteTrustlineKey(in OperationContext operation, in ChangeTrustOperation body, Span<byte> key)
    {
        key.Clear();
        operation.Source.CopyTo(key[4..]);
        Span<byte> asset = key[AccountIdBytes..];
        if (body.LineType != AssetType.PoolShare)
        {
            body.Asset.Encoded.CopyTo(asset);
            return AccountIdBytes + body.Asset.Encoded.Length;
        }

        asset[3] = (byte)AssetType.PoolShare;
        SHA256.HashData(body.PoolParameters, asset[4..36]);
        return AccountIdBytes + 36;
    }
}
