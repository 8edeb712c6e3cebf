using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Turns entries into rows for one worker: classifies, encodes and counts.</summary>
internal sealed class WalletEntryEncoder(WalletClassifier classifier, BalanceRowEncoder balances, ContractRowEncoder contracts,
    WalletFactsPool factsPool, bool readsTokens) : IRowEncoder<LedgerEntryView>
{
    private readonly ProjectionTally tally = new(LedgerEntryTypes.Count, WalletOutcomes.All.Count);
    private readonly RowPageWriter[] writers = [.. balances.Writers, .. contracts.Writers];
    private WalletFacts? facts;

    public void Encode(in LedgerEntryView entry)
    {
        WalletOutcome outcome = classifier.Classify(entry);
        switch (outcome)
        {
            case WalletOutcome.NativeBalance: balances.WriteAccount(entry.AsAccount()); break;
            case WalletOutcome.TrustlineBalance: balances.WriteTrustline(entry.AsTrustline()); break;
            case WalletOutcome.PoolShare: balances.WritePoolShare(entry.AsTrustline()); break;
            case WalletOutcome.LiquidityPool: balances.WritePool(entry.AsLiquidityPool()); break;
            case WalletOutcome.SacBalance: contracts.WriteBalance(entry.AsContractData(), Facts.Contracts); break;
            case WalletOutcome.AssetContract: ContractRowEncoder.NoteAssetContract(entry.AsContractData(), Facts.Contracts); break;
            case WalletOutcome.WasmContract:
                ContractRowEncoder.NoteWasmContract(entry.AsContractData(), Facts.Contracts);
                if (readsTokens && TokenMetadata.Read(entry.AsContractData()) is { } token) Facts.Tokens.Add(token);
                break;
            case WalletOutcome.ContractCode: Facts.Codes.Add(new Hash256(entry.AsContractCode().Hash)); break;
        }

        tally.Count((int)entry.Type, (int)outcome);
    }

    public void Flush(ProjectedRows rows)
    {
        balances.MoveFullPages(rows.Pages);
        foreach (RowPageWriter writer in writers)
        {
            if (writer.Take(rows.Location) is { } page) rows.Pages.Add(page);
        }

        rows.Facts = facts;
        facts = null;
        rows.Tally.Add(tally);
        tally.Clear();
    }

    public void Dispose()
    {
        balances.Dispose();
        contracts.Dispose();
    }

    private WalletFacts Facts => facts ??= factsPool.Rent();
}
