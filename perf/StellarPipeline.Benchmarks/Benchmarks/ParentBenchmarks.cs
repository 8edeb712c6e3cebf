using BenchmarkDotNet.Attributes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>The cost of the parent rows at the end of a load. Entries are rows.</summary>
public class ParentBenchmarks
{
    private readonly PagePool pages = new();
    private readonly TrustlineAssetTable assets = new();
    private readonly List<WalletFacts> facts = [];

    [Params("trustline_assets", "contracts")]
    public string Parents { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        if (Parents == "trustline_assets") CollectAssets();
        else CollectContracts();
        WorkAmount amount = default;
        foreach (RowPage page in MakeRows())
        {
            amount = new WorkAmount(amount.Bytes + page.ByteCount, amount.Entries + page.RowCount);
            page.Dispose();
        }

        WorkAmounts.Record<ParentBenchmarks>(amount, Parents);
    }

    /// <summary>
    /// Rows of trustline_assets from the table of distinct assets; or of contract_tokens, protocol_wasms and protocol_contracts from facts
    /// collected from the chunks.
    /// </summary>
    [Benchmark]
    public long Complete()
    {
        long bytes = 0;
        foreach (RowPage page in MakeRows())
        {
            bytes += page.ByteCount;
            page.Dispose();
        }

        return bytes;
    }

    private void CollectAssets()
    {
        foreach (EntryChunk chunk in BenchmarkArchive.Instance.Select(
            entry => LedgerEntryView.Parse(entry).Type == LedgerEntryType.Trustline))
        {
            foreach (EntryRecord record in chunk)
            {
                TrustlineAssetView asset = LedgerEntryView.Parse(record.LedgerEntry).AsTrustline().Asset;
                if (asset.Type is AssetType.CreditAlphanum4 or AssetType.CreditAlphanum12) assets.IdOf(asset.Code, asset.Issuer);
            }
        }
    }

    private void CollectContracts()
    {
        BenchmarkArchive archive = BenchmarkArchive.Instance;
        using var projection =
            new WalletProjection(archive.Proof.Checkpoint, StellarNetwork.Parse(archive.Proof.NetworkPassphrase!), pages);
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
        foreach (EntryChunk chunk in archive.Chunks)
        {
            foreach (EntryRecord record in chunk) encoder.Encode(LedgerEntryView.Parse(record.LedgerEntry));
            var projected = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
            encoder.Flush(projected);
            foreach (RowPage page in projected.Pages) page.Dispose();
            if (projected.Facts is WalletFacts learnt) facts.Add(learnt);
        }
    }

    private List<RowPage> MakeRows()
    {
        var rows = new List<RowPage>();
        using var parents = new WalletParents(assets, pages);
        foreach (WalletFacts learnt in facts) parents.Take(learnt);
        parents.TakeLate(LateRowsMoment.End, null, rows);
        return rows;
    }
}
