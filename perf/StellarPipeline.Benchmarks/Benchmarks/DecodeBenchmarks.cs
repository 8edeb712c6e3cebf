using BenchmarkDotNet.Attributes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>Entries of one type: walked over, then also decoded, then also classified.</summary>
public class DecodeBenchmarks
{
    private IReadOnlyList<EntryChunk> chunks = [];
    private WalletClassifier classifier = null!;

    [Params(
        LedgerEntryType.Account, LedgerEntryType.Trustline, LedgerEntryType.Offer, LedgerEntryType.Data, LedgerEntryType.ClaimableBalance,
        LedgerEntryType.LiquidityPool, LedgerEntryType.ContractData, LedgerEntryType.ContractCode, LedgerEntryType.ConfigSetting,
        LedgerEntryType.Ttl)]
    public LedgerEntryType Type { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        BenchmarkArchive archive = BenchmarkArchive.Instance;
        chunks = archive.Select(entry => LedgerEntryView.Parse(entry).Type == Type);
        var network = StellarNetwork.Parse(archive.Proof.NetworkPassphrase!);
        classifier = new WalletClassifier(network, new PassphraseEvidence(network));
        WorkAmounts.Record<DecodeBenchmarks>(
            new WorkAmount(chunks.Sum(chunk => (long)chunk.ByteCount), chunks.Sum(chunk => (long)chunk.EntryCount)), Type);
    }

    /// <summary>The baseline: goes from entry to entry and touches one byte of each.</summary>
    [Benchmark(Baseline = true)]
    public int Walk()
    {
        int sum = 0;
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk) sum += record.LedgerEntry[^1];
        }

        return sum;
    }

    /// <summary>Checks every field, extension and discriminant.</summary>
    [Benchmark]
    public int Decode()
    {
        int sum = 0;
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk) sum += (int)LedgerEntryView.Parse(record.LedgerEntry).Type;
        }

        return sum;
    }

    [Benchmark]
    public int Classify()
    {
        int sum = 0;
        foreach (EntryChunk chunk in chunks)
        {
            foreach (EntryRecord record in chunk) sum += (int)classifier.Classify(LedgerEntryView.Parse(record.LedgerEntry));
        }

        return sum;
    }
}
