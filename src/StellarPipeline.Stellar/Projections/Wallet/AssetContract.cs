using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Recognizes what asset contracts (SAC) store: their instance, and the balances that contracts hold in them.</summary>
/// <remarks>
/// The conditions are those of the Go SDK's ingest/sac (AssetFromContractData, ContractBalanceFromContractData), which wallet-backend uses.
/// The host writes these entries in rs-soroban-env, builtin_contracts/stellar_asset_contract/storage_types.rs.
/// </remarks>
internal static class AssetContract
{
    /// <summary>Decimals of every asset contract: amounts are in units of 10^-7.</summary>
    public const int Decimals = 7;

    /// <summary>
    /// Whether an instance is the contract of a credit asset: its storage names an asset, and the contract's id is derived from that asset.
    /// </summary>
    /// <param name="data">Contract data whose key is the instance key.</param>
    /// <param name="network">The network.</param>
    public static bool IsInstance(in ContractDataEntryView data, StellarNetwork network)
    {
        if (data.Durability != ContractDataDurability.Persistent || data.Value.Type != ScValType.ContractInstance) return false;
        ContractInstanceView instance = data.Value.AsInstance();
        if (!instance.HasStorage || !TryFindAsset(instance, out ReadOnlySpan<byte> code, out ReadOnlySpan<byte> issuer)) return false;

        // The derived id cannot be forged: contracts deployed from an address hash another kind of preimage.
        Span<byte> derived = stackalloc byte[32];
        AssetContractId.OfCredit(network.Id, code, issuer, derived);
        return derived.SequenceEqual(data.Contract.Payload);
    }

    /// <summary>
    /// The kind of asset contract that an instance is by its content, whatever its id: it has the host's own executable, and storage that
    /// names an asset.
    /// </summary>
    /// <param name="data">Contract data whose key is the instance key.</param>
    /// <remarks>
    /// Only the host can create such an instance, and it does so under only one id, which is derived from the asset and the network's
    /// passphrase.
    /// </remarks>
    public static AssetContractKind KindOf(in ContractDataEntryView data)
    {
        if (data.Durability != ContractDataDurability.Persistent || data.Value.Type != ScValType.ContractInstance)
            return AssetContractKind.None;
        ContractInstanceView instance = data.Value.AsInstance();
        if (instance.ExecutableType != ContractExecutableType.StellarAsset) return AssetContractKind.None;
        foreach (ScMapEntryView entry in instance.Storage)
        {
            if (!IsVectorOfSymbol(entry.Key, "AssetInfo"u8)) continue;
            if (IsVectorOfSymbol(entry.Value, "Native"u8)) return AssetContractKind.Native;
            return TryFindAsset(instance, out _, out _) ? AssetContractKind.Credit : AssetContractKind.None;
        }

        return AssetContractKind.None;
    }

    /// <summary>Finds the asset that an instance's storage names.</summary>
    /// <param name="instance">An instance with storage.</param>
    /// <param name="code">The code as stored: the host pads it with zeros to 4 or 12 bytes.</param>
    /// <param name="issuer">The issuer's key, 32 bytes.</param>
    public static bool TryFindAsset(in ContractInstanceView instance, out ReadOnlySpan<byte> code, out ReadOnlySpan<byte> issuer)
    {
        code = issuer = default;
        foreach (ScMapEntryView entry in instance.Storage)
        {
            if (!IsVectorOfSymbol(entry.Key, "AssetInfo"u8)) continue;
            return TryReadAssetInfo(entry.Value, ref code, ref issuer);
        }

        return false;
    }

    /// <summary>Whether a storage key is the key of a balance: a vector of the symbol Balance and an address of any kind.</summary>
    public static bool IsBalanceKey(ScValView key, out ScAddressView holder)
    {
        holder = default;
        if (key.Type != ScValType.Vec || key.Count != 2) return false;
        ScValElements elements = key.Elements.GetEnumerator();
        elements.MoveNext();
        if (!elements.Current.IsSymbol("Balance"u8)) return false;
        elements.MoveNext();
        if (elements.Current.Type != ScValType.Address) return false;
        holder = elements.Current.AsAddress();
        return true;
    }

    /// <summary>
    /// Whether a value is a balance: a map of exactly amount (i128, not negative), authorized and clawback (booleans), in this order.
    /// </summary>
    public static bool TryReadBalance(ScValView value, out Int128 amount, out bool authorized, out bool clawback)
    {
        amount = default;
        authorized = clawback = false;
        if (value.Type != ScValType.Map || value.Count != 3) return false;
        ScMapEntries entries = value.Entries.GetEnumerator();
        entries.MoveNext();
        ScMapEntryView entry = entries.Current;
        if (!entry.Key.IsSymbol("amount"u8) || entry.Value.Type != ScValType.Int128) return false;
        amount = entry.Value.AsInt128();
        entries.MoveNext();
        entry = entries.Current;
        if (!entry.Key.IsSymbol("authorized"u8) || entry.Value.Type != ScValType.Bool) return false;
        authorized = entry.Value.AsBool();
        entries.MoveNext();
        entry = entries.Current;
        if (!entry.Key.IsSymbol("clawback"u8) || entry.Value.Type != ScValType.Bool) return false;
        clawback = entry.Value.AsBool();
        return Int128.IsPositive(amount);
    }

    private static bool TryReadAssetInfo(ScValView info, ref ReadOnlySpan<byte> code, ref ReadOnlySpan<byte> issuer)
    {
        if (info.Type != ScValType.Vec || info.Count != 2) return false;
        ScValElements elements = info.Elements.GetEnumerator();
        elements.MoveNext();
        if (!elements.Current.IsSymbol("AlphaNum4"u8) && !elements.Current.IsSymbol("AlphaNum12"u8)) return false;
        elements.MoveNext();
        ScValView fields = elements.Current;
        if (fields.Type != ScValType.Map || fields.Count != 2) return false;

        ScMapEntries entries = fields.Entries.GetEnumerator();
        entries.MoveNext();
        ScMapEntryView entry = entries.Current;
        if (!entry.Key.IsSymbol("asset_code"u8) || entry.Value.Type != ScValType.String) return false;
        code = entry.Value.AsBytes();
        entries.MoveNext();
        entry = entries.Current;
        if (!entry.Key.IsSymbol("issuer"u8) || entry.Value.Type != ScValType.Bytes) return false;
        issuer = entry.Value.AsBytes();
        return code.Length is >= 1 and <= 12 && issuer.Length == 32;
    }

    private static bool IsVectorOfSymbol(ScValView value, ReadOnlySpan<byte> symbol)
    {
        if (value.Type != ScValType.Vec || value.Count != 1) return false;
        ScValElements elements = value.Elements.GetEnumerator();
        return elements.MoveNext() && elements.Current.IsSymbol(symbol);
    }
}
