using BenchmarkDotNet.Attributes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>Entries with rows in one table: decoded and classified, then also encoded into pages.</summary>
public class EncodeBenchmarks
{
    private readonly PagePool pages = new();
    private IReadOnlyList<EntryChunk> chunks = [];
    private WalletClassifier classifier = null!;
    private WalletProjection projection = null!;
    private IRowEncoder<LedgerEntryView> encoder = null!;

    [Params("native_balances", "trustline_balances", "liquidity_pool_balances", "liquidity_pools", "sac_balances")]
    public string Table { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        BenchmarkArchive archive = BenchmarkArchive.Instance;
        var network = StellarNetwork.Parse(archive.Proof.NetworkPassphrase!);
        classifier = new WalletClassifier(network, new PassphraseEvidence(network));
        projection = new WalletProjection(archive.Proof.Checkpoint, network, pages);
        encoder = projection.CreateEncoder(pages);
        chunks = archive.Select(entry => projection.Outcomes[(int)classifier.Classify(LedgerEntryView.Parse(entry))].Name == Table);
        WorkAmounts.Record<EncodeBenchmarks>(
            new WorkAmount(chunks.Sum(chunk => (long)chunk.ByteCount), chunks.Sum(chunk => (long)chunk.EntryCount)), Table);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        encoder.Dispose();
        projection.Dispose();
    }

    /// <summary>The baseline: decode and classify.</summary>
    [Benchmark(Baseline = true)]
    public int DecodeAndClassify()
    {
        int sum = 0;
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk) sum += (int)classifier.Classify(LedgerEntryView.Parse(record.LedgerEntry));
        }

        return sum;
    }

    /// <summary>Decode, classify, encode; the chunk's pages are returned to their pool.</summary>
    [Benchmark]
    public long Encode() => EncodeLoop.Run(chunks, projection, encoder);
}
