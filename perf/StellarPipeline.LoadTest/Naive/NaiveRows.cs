using System.Text;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.LoadTest.Naive;

/// <summary>
/// Makes rows of boxed values: an array per entry, strings and arrays for its fields, dictionaries of all assets and contracts.
/// </summary>
internal sealed class NaiveRows(StellarNetwork network, uint checkpoint)
{
    private readonly WalletClassifier classifier = new(network, new PassphraseEvidence(network));
    private readonly Dictionary<string, Guid> assets = [];
    private readonly Dictionary<string, NaiveContract> contracts = [];
    private readonly HashSet<string> codes = [];

    /// <summary>Makes the row of an entry; null if it has no row of its own.</summary>
    public (CopyTable Table, object?[] Values)? RowOf(ReadOnlySpan<byte> ledgerEntry)
    {
        var entry = LedgerEntryView.Parse(ledgerEntry);
        switch (classifier.Classify(entry))
        {
            case WalletOutcome.NativeBalance:
                return (WalletTables.NativeBalances, RowOf(entry.AsAccount()));
            case WalletOutcome.TrustlineBalance:
                return (WalletTables.TrustlineBalances, RowOf(entry.AsTrustline()));
            case WalletOutcome.PoolShare:
                TrustlineEntryView share = entry.AsTrustline();
                return (WalletTables.LiquidityPoolBalances,
                    [Address(share.AccountId), Convert.ToHexStringLower(share.Asset.PoolId), share.Balance, (long)checkpoint]);
            case WalletOutcome.LiquidityPool:
                LiquidityPoolEntryView pool = entry.AsLiquidityPool();
                return (WalletTables.LiquidityPools, [Convert.ToHexStringLower(pool.PoolId), Text(pool.AssetA), pool.ReserveA,
                    Text(pool.AssetB), pool.ReserveB, (long)checkpoint]);
            case WalletOutcome.SacBalance:
                return (WalletTables.SacBalances, BalanceOf(entry.AsContractData()));
            case WalletOutcome.AssetContract:
                AddAssetContract(entry.AsContractData());
                return null;
            case WalletOutcome.WasmContract:
                ContractDataEntryView data = entry.AsContractData();
                ContractOf(data.Contract.Payload).Wasm = data.Value.AsInstance().WasmHash.ToArray();
                return null;
            case WalletOutcome.ContractCode:
                codes.Add(Convert.ToHexStringLower(entry.AsContractCode().Hash));
                return null;
            default:
                return null;
        }
    }

    /// <summary>The parent rows; complete only after all entries are read.</summary>
    public IEnumerable<(CopyTable Table, object?[] Values)> Parents()
    {
        foreach ((string name, Guid id) in assets)
        {
            int colon = name.IndexOf(':', StringComparison.Ordinal);
            yield return (WalletTables.TrustlineAssets, [id, name[..colon], name[(colon + 1)..]]);
        }

        foreach (string code in codes) yield return (WalletTables.ProtocolWasms, [Convert.FromHexString(code)]);
        foreach ((string address, NaiveContract contract) in contracts)
        {
            string? name = contract.Code is null ? null : $"{contract.Code}:{contract.Issuer}";
            yield return (WalletTables.ContractTokens, [IdOfContract(address), address, contract.Wasm is null ? "SAC" : "UNKNOWN",
                contract.Code, contract.Issuer, name, contract.Code, name is null ? 0 : AssetContract.Decimals]);
            if (contract.Wasm is { } wasm && codes.Contains(Convert.ToHexStringLower(wasm)))
                yield return (WalletTables.ProtocolContracts, [StrKey.Decode(StrKeyKind.Contract, address), wasm]);
        }
    }

    private object?[] RowOf(AccountEntryView account) =>
    [
        Address(account.AccountId), account.Balance,
        BalanceRowEncoder.MinimumBalance(account.SubEntryCount, account.NumSponsoring, account.NumSponsored),
        account.BuyingLiabilities, account.SellingLiabilities, (int)account.SubEntryCount, (long)checkpoint,
    ];

    private object?[] RowOf(TrustlineEntryView trustline) =>
    [
        Address(trustline.AccountId),
        IdOfAsset($"{Encoding.UTF8.GetString(trustline.Asset.Code)}:{StrKey.Encode(StrKeyKind.Account, trustline.Asset.Issuer)}"),
        trustline.Balance, trustline.Limit,
        trustline.BuyingLiabilities, trustline.SellingLiabilities, (int)trustline.Flags, (long)checkpoint,
    ];

    private object?[] BalanceOf(ContractDataEntryView data)
    {
        AssetContract.IsBalanceKey(data.Key, out ScAddressView holder);
        AssetContract.TryReadBalance(data.Value, out Int128 amount, out bool authorized, out bool clawback);
        if (amount > (Int128)decimal.MaxValue)
            throw LoadTestException.Failed("The naive load cannot represent a balance above 2^96. Use another seed.");
        ContractOf(data.Contract.Payload);
        decimal unscaled = (decimal)amount;
        int[] bits = decimal.GetBits(unscaled);
        decimal balance = new decimal(bits[0], bits[1], bits[2], isNegative: false, AssetContract.Decimals);
        return [(byte[])[(byte)StrKeyKind.Contract, .. holder.Payload],
            IdOfContract(StrKey.Encode(StrKeyKind.Contract, data.Contract.Payload)), balance, authorized, clawback, (int)checkpoint];
    }

    private void AddAssetContract(ContractDataEntryView data)
    {
        AssetContract.TryFindAsset(data.Value.AsInstance(), out ReadOnlySpan<byte> code, out ReadOnlySpan<byte> issuer);
        NaiveContract contract = ContractOf(data.Contract.Payload);
        contract.Code = Encoding.UTF8.GetString(code.TrimEnd((byte)0));
        contract.Issuer = StrKey.Encode(StrKeyKind.Account, issuer);
    }

    private NaiveContract ContractOf(ReadOnlySpan<byte> id)
    {
        string address = StrKey.Encode(StrKeyKind.Contract, id);
        if (!contracts.TryGetValue(address, out NaiveContract? contract)) contracts.Add(address, contract = new NaiveContract());
        return contract;
    }

    private Guid IdOfAsset(string name)
    {
        if (assets.TryGetValue(name, out Guid known)) return known;
        byte[] id = new byte[DeterministicId.Bytes];
        DeterministicId.OfAsset(Encoding.UTF8.GetBytes(name), id);
        return assets[name] = new Guid(id, bigEndian: true);
    }

    private static Guid IdOfContract(string address)
    {
        byte[] id = new byte[DeterministicId.Bytes];
        DeterministicId.OfContract(Encoding.UTF8.GetBytes(address), id);
        return new Guid(id, bigEndian: true);
    }

    private static byte[] Address(ReadOnlySpan<byte> key) => [(byte)StrKeyKind.Account, .. key];

    private static string Text(AssetView asset)
    {
        byte[] text = new byte[AssetCode.CanonicalBytes];
        return Encoding.UTF8.GetString(text, 0, AssetCode.WriteCanonical(asset, text));
    }

    private sealed class NaiveContract
    {
        public byte[]? Wasm { get; set; }

        public string? Code { get; set; }

        public string? Issuer { get; set; }
    }
}
