using System.Security.Cryptography;
using System.Text.Unicode;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.History;

/// <summary>Stream 1: what operations of successful transactions change besides balances.</summary>
/// <remarks>
/// Account = source of the operation, unless said. "Before" is the before-image of the entry in this operation's changes; where it is
/// needed and missing, the row is left out and counted.
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
    KeyValueJson json, HistoryCounts counts)
{
    public void Derive(in OperationContext operation)
    {
        if (!operation.Transaction.IsSuccessful) return;
        switch (operation.Type)
        {
            case OperationType.CreateAccount:
                Party account = Party.Account(operation.Operation.AsCreateAccount().Destination);
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

    /// <summary>TRUSTLINE ADD, UPDATE or REMOVE by the first trustline change of the line's asset type; after ADD also
    /// BALANCE_AUTHORIZATION SET.</summary>
    /// <remarks>The new limit is that of the operation; the second row repeats it, because upstream builds it from the first.</remarks>
    private void DeriveChangeTrust(in OperationContext operation)
    {
        ChangeTrustOperation body = operation.Operation.AsChangeTrust();
        if (!TryFindFirst(operation, LedgerEntryType.Trustline, body.LineType, out PairView pair)) return;
        bool isPool = body.LineType == AssetType.PoolShare;
        Span<byte> lineAsset = stackalloc byte[52];
        lineAsset = lineAsset[..LineAsset(body, lineAsset)];
        scoped StateChange row = new("TRUSTLINE"u8, default, Party.Account(operation.Source));
        if (isPool) row.Pool = lineAsset[4..];
        else row.Token = assets.Of(body.Asset);

        if (!pair.HasAfter)
        {
            row.Reason = "REMOVE"u8;
            rows.Write(row);
            return;
        }

        bool isKnown = changes.TryFindTrustline(operation, operation.Source, lineAsset, out PairView own);
        row.LimitNew = body.Limit;
        if (pair.HasBefore)
        {
            if (!isKnown || !own.HasBefore)
            {
                counts.Skipped++;
                return;
            }

            row.Reason = "UPDATE"u8;
            row.LimitOld = own.Before.AsTrustline().Limit;
            rows.Write(row);
            return;
        }

        row.Reason = "ADD"u8;
        rows.Write(row);
        row.Category = "BALANCE_AUTHORIZATION"u8;
        row.Reason = "SET"u8;
        row.Flags = isPool || !isKnown || !own.HasAfter ? 0 : FlagBits.OfTrustline(own.After.AsTrustline().Flags);
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
        if (!TryFindFirst(operation, LedgerEntryType.Data, null, out PairView pair)) return;
        if (body.Name.IsEmpty || body.Name.Contains((byte)0) || !Utf8.IsValid(body.Name))
            HistoryThrow.Broken(operation, $"The data entry's name is 0x{Convert.ToHexStringLower(body.Name)}, which is empty or no text.");
        var row = new StateChange("DATA_ENTRY"u8, "ADD"u8, Party.Account(operation.Source)) { DataName = body.Name };
        json.Begin();
        if (pair.HasAfter) json.AddBase64("new"u8, body.Value);
        if (pair.HasBefore)
        {
            row.Reason = pair.HasAfter ? "UPDATE"u8 : "REMOVE"u8;
            if (!TryFindData(operation, body.Name, out PairView own) || !own.HasBefore)
            {
                counts.Skipped++;
                return;
            }

            json.AddBase64("old"u8, own.Before.AsData().Value);
        }

        row.KeyValue = json.End();
        rows.Write(row);
    }

    private bool TryFindData(scoped in OperationContext operation, scoped ReadOnlySpan<byte> name, out PairView found)
    {
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.Data) continue;
            DataEntryView entry = pair.HasBefore ? pair.Before.AsData() : pair.After.AsData();
            if (!entry.AccountId.SequenceEqual(operation.Source) || !entry.Name.SequenceEqual(name)) continue;
            found = pair;
            return true;
        }

        found = default;
        return false;
    }

    private bool TryFindFirst(scoped in OperationContext operation, LedgerEntryType type, AssetType? assetType, out PairView found)
    {
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != type) continue;
            if (assetType is { } wanted && (pair.HasAfter ? pair.After : pair.Before).AsTrustline().Asset.Type != wanted) continue;
            found = pair;
            return true;
        }

        found = default;
        return false;
    }

    // The TrustLineAsset that a ChangeTrustAsset stands for: of a pool its id, which is a hash of its parameters.
    private static int LineAsset(in ChangeTrustOperation body, Span<byte> asset)
    {
        if (body.LineType != AssetType.PoolShare)
        {
            body.Asset.Encoded.CopyTo(asset);
            return body.Asset.Encoded.Length;
        }

        asset[..4].Clear();
        asset[3] = (byte)AssetType.PoolShare;
        SHA256.HashData(body.PoolParameters, asset[4..36]);
        return 36;
    }
}
