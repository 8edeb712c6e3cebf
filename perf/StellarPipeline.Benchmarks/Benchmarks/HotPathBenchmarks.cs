using BenchmarkDotNet.Attributes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Benchmarks.Naive;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>
/// Accounts and trustlines, in the proportion of the archive, from entry bytes to COPY bytes on one core: the product, and a design with an
/// object per entry and per row.
/// </summary>
public class HotPathBenchmarks
{
    private readonly PagePool pages = new();
    private IReadOnlyList<EntryChunk> chunks = [];
    private uint checkpoint;
    private WalletProjection projection = null!;
    private IRowEncoder<LedgerEntryView> encoder = null!;

    [GlobalSetup]
    public void Setup()
    {
        BenchmarkArchive archive = BenchmarkArchive.Instance;
        var network = StellarNetwork.Parse(archive.Proof.NetworkPassphrase!);
        checkpoint = archive.Proof.Checkpoint;
        projection = new WalletProjection(checkpoint, network, pages);
        encoder = projection.CreateEncoder(pages);
        var classifier = new WalletClassifier(network, new PassphraseEvidence(network));
        chunks = archive.Select(
            entry => classifier.Classify(LedgerEntryView.Parse(entry)) is WalletOutcome.NativeBalance or WalletOutcome.TrustlineBalance);
        WorkAmounts.Record<HotPathBenchmarks>(
            new WorkAmount(chunks.Sum(chunk => (long)chunk.ByteCount), chunks.Sum(chunk => (long)chunk.EntryCount)));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        encoder.Dispose();
        projection.Dispose();
    }

    /// <summary>Decode, classify, encode.</summary>
    [Benchmark(Baseline = true)]
    public long Ours() => EncodeLoop.Run(chunks, projection, encoder);

    /// <summary>Only an object graph per entry.</summary>
    [Benchmark]
    public long ObjectPerEntry()
    {
        long sum = 0;
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk)
                sum += new ObjectReader(record.LedgerEntry.ToArray()).ReadLedgerEntry().LastModifiedLedger;
        }

        return sum;
    }

    /// <summary>
    /// An object graph per entry, an array of boxed values per row, each value written by its type, as in a typed importer.
    /// </summary>
    [Benchmark]
    public long ObjectPerEntryAndRow()
    {
        var importer = new ObjectRowWriter();
        var assets = new ObjectRows(checkpoint);
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk)
                importer.Write(assets.RowOf(new ObjectReader(record.LedgerEntry.ToArray()).ReadLedgerEntry()));
            importer.Flush();
        }

        return importer.Bytes;
    }
}
