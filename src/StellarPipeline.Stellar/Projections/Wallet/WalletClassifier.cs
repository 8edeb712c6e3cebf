using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Decides what the wallet tables do with an entry. Input: a decoded entry. Output: its outcome. Writes nothing.</summary>
/// <remarks>
/// The rules are those of wallet-backend's internal/services/checkpoint.go (generation G2). Neither considers expiry (TTL). Every asset
/// contract is recorded in <see cref="PassphraseEvidence"/>, because its id shows whether the passphrase is right.
/// </remarks>
internal sealed class WalletClassifier(StellarNetwork network, PassphraseEvidence? evidence = null)
{
    public WalletOutcome Classify(in LedgerEntryView entry) => entry.Type switch
    {
        LedgerEntryType.Account => WalletOutcome.NativeBalance,
        LedgerEntryType.Trustline => Trustline(entry.AsTrustline()),
        LedgerEntryType.LiquidityPool => WalletOutcome.LiquidityPool,
        LedgerEntryType.ContractData => ContractData(entry.AsContractData()),
        LedgerEntryType.ContractCode => WalletOutcome.ContractCode,
        _ => WalletOutcome.TypeNotStored,
    };

    private static WalletOutcome Trustline(in TrustlineEntryView trustline) => trustline.Asset.Type switch
    {
        AssetType.PoolShare => WalletOutcome.PoolShare,
        AssetType.Native => WalletOutcome.NativeTrustline,
        _ => WalletOutcome.TrustlineBalance,
    };

    private WalletOutcome ContractData(in ContractDataEntryView data)
    {
        if (data.Contract.Type != ScAddressType.Contract) return WalletOutcome.DataOfAccount;
        if (data.Key.Type == ScValType.LedgerKeyContractInstance) return Instance(data);
        if (!AssetContract.IsBalanceKey(data.Key, out ScAddressView holder)) return WalletOutcome.OtherContractData;
        if (data.Contract.Payload.SequenceEqual(network.NativeContractId)) return WalletOutcome.NativeAssetBalance;

        // Accounts hold assets in trustlines; only contracts have balances in an asset contract.
        bool isBalance = holder.Type == ScAddressType.Contract
            && data.Durability == ContractDataDurability.Persistent
            && AssetContract.TryReadBalance(data.Value, out _, out _, out _);
        return isBalance ? WalletOutcome.SacBalance : WalletOutcome.BalanceOfOtherShape;
    }

    private WalletOutcome Instance(in ContractDataEntryView data)
    {
        if (AssetContract.IsInstance(data, network))
        {
            evidence?.NoteDerived();
            return WalletOutcome.AssetContract;
        }

        switch (AssetContract.KindOf(data))
        {
            case AssetContractKind.Native: evidence?.NoteNative(data.Contract.Payload); break;
            case AssetContractKind.Credit: evidence?.NoteOther(); break;
        }

        if (data.Value.Type != ScValType.ContractInstance) return WalletOutcome.InstanceKeyWithoutInstance;
        return data.Value.AsInstance().ExecutableType switch
        {
            ContractExecutableType.Wasm => WalletOutcome.WasmContract,
            ContractExecutableType.ExternalReference => WalletOutcome.ExternalReference,
            _ => WalletOutcome.InstanceWithoutWasm,
        };
    }
}
