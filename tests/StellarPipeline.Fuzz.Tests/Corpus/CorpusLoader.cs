using System.IO.Compression;
using System.Text.Json;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Fuzz.Tests.Corpus;

/// <summary>Collects the samples: from archives that it generates, and from the sample data.</summary>
internal sealed class CorpusLoader
{
    /// <summary>Larger entries would make the run slow and show nothing more.</summary>
    private const int MaxEntryBytes = 3_000;

    private const int MaxBucketBytes = 6 * 1024;
    private const int RecordsPerBucket = 24;

    private readonly List<byte[]> entries = [];
    private readonly List<byte[]> keys = [];
    private readonly List<byte[]> states = [];
    private readonly List<SampleLedgerFile> ledgerFiles = [];
    private readonly List<SampleBucket> buckets = [];

    public FuzzCorpus Load()
    {
        foreach (uint protocol in (uint[])[22, 28, 30])
            AddGenerated(protocol);
        AddDamaged();
        SampleBucket hotArchive = MakeHotArchiveBucket();
        buckets.Add(hotArchive);
        if (SampleData.Root is { } root)
            AddRecorded(root);
        return new FuzzCorpus
        {
            EntriesByType = ByType(entries, static entry => LedgerKeyLocation.OfEntry(entry).Type),
            KeysByType = ByType(keys, static key => LedgerKeyLocation.OfKey(key).Type),
            States = [.. states],
            LedgerFiles = [.. ledgerFiles],
            Buckets = [.. buckets],
            HotArchiveBucket = hotArchive,
        };
    }

    private static byte[][][] ByType(List<byte[]> samples, Func<byte[], LedgerEntryType> typeOf) =>
        [.. samples.GroupBy(typeOf).OrderBy(group => group.Key).Select(group => group.ToArray())];

    private void AddGenerated(uint protocol)
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-fuzz-").FullName;
        try
        {
            GeneratorOptions options = GeneratorOptions.OfEntries(2_000) with
            {
                Protocol = protocol,
                CheckpointFrequency = 8,
                CheckpointLedger = 799_999,
                Compression = CompressionLevel.Fastest,
            };
            CheckpointArchiveGenerator.GenerateAsync(folder, options).GetAwaiter().GetResult();
            AddArchive(folder, 8);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What decodes and no network holds: only damage makes it, so archives are not generated with it.
    private void AddDamaged()
    {
        byte[] issuer = new byte[32];
        foreach (ContractDataBuilder builder in new ContractDataBuilder[]
        {
            new() { Value = ScValueXdr.Void() },
            new() { Value = ScValueXdr.Address(ScAddressXdr.MuxedContract(7, issuer)) },
            new() { Value = StellarAssetContractXdr.Instance("AB", issuer, trimCode: true) },
            new() { Value = StellarAssetContractXdr.Instance("FORGED", issuer) },
            new() { StorageKey = ScValueXdr.Symbol("a"), Value = new byte[] { 0, 0, 0, 16, 0, 0, 0, 0 } },
            new() { StorageKey = ScValueXdr.Symbol("b"), Value = new byte[] { 0, 0, 0, 17, 0, 0, 0, 0 } },
        })
        {
            entries.Add(builder.Entry());
            keys.Add(builder.Key());
        }
    }

    private void AddRecorded(string root)
    {
        foreach (string folder in Directory.GetDirectories(Path.Combine(root, "archives")).Order(StringComparer.Ordinal))
            AddArchive(folder, 64);
        using var lines = new StreamReader(
            new GZipStream(File.OpenRead(Path.Combine(root, "entries", "ledger-entries.jsonl.gz")), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var sample = JsonDocument.Parse(line);
            byte[] entry = sample.RootElement.GetProperty("xdr").GetBytesFromBase64();
            if (entry.Length > MaxEntryBytes)
                continue;
            entries.Add(entry);
            keys.Add(sample.RootElement.GetProperty("key").GetBytesFromBase64());
        }
    }

    private void AddArchive(string folder, int frequency)
    {
        byte[] state = File.ReadAllBytes(Path.Combine(folder, ArchivePath.RootState));
        states.Add(state);
        uint checkpoint = ArchiveStateParser.Parse(state, ArchivePath.RootState).CurrentLedger;
        ledgerFiles.Add(new SampleLedgerFile(
            GzipFiles.Read(Path.Combine(folder, ArchivePath.Ledgers(checkpoint))), checkpoint, new CheckpointSchedule(frequency)));
        foreach (string file in Directory.GetFiles(Path.Combine(folder, "bucket"), "*.xdr.gz", SearchOption.AllDirectories).Order(
            StringComparer.Ordinal))
        {
            AddBucket(GzipFiles.Read(file));
        }
    }

    private void AddBucket(byte[] content)
    {
        List<byte[]> records = RecordFraming.Split(content);
        foreach (byte[] record in records)
            AddRecord(record);

        // A thin slice of a large bucket is a bucket too: the first record, which says what it is, and others in their order.
        int step = Math.Max(1, records.Count / RecordsPerBucket);
        int bytes = 0;
        byte[][] slice = [.. records.Where((record, index) => (index % step == 0) && (bytes += record.Length) < MaxBucketBytes)];
        if (slice.Length > 0)
            buckets.Add(new SampleBucket(slice));
    }

    private void AddRecord(byte[] record)
    {
        int arm = record[3];
        if (arm is 0 or 2 && record.Length <= MaxEntryBytes)
        {
            entries.Add(record[4..]);
            var key = LedgerKeyLocation.OfEntry(record.AsSpan(4));
            keys.Add([0, 0, 0, (byte)key.Type, .. key.Body(record.AsSpan(4))]);
        }
        else if (arm == 1)
        {
            keys.Add(record[4..]);
        }
    }

    private SampleBucket MakeHotArchiveBucket()
    {
        // Order does not hang on the arm: contract entries of a live list, in their order, are such a bucket once the temporary ones are
        // left out.
        byte[][] contracts = [.. entries.Where(IsPersistent).Take(RecordsPerBucket)];
        Array.Sort(contracts, CompareKeys);
        byte[][] records =
            [[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1], .. contracts.Select(entry => (byte[])[0, 0, 0, 0, .. entry])];
        return new SampleBucket(records, IsHotArchive: true);
    }

    private static bool IsPersistent(byte[] entry)
    {
        var key = LedgerKeyLocation.OfEntry(entry);
        return key.Type == LedgerEntryType.ContractCode || (key.Type == LedgerEntryType.ContractData && key.Body(entry)[^1] == 1);
    }

    private static int CompareKeys(byte[] left, byte[] right)
    {
        LedgerKeyLocation leftKey = LedgerKeyLocation.OfEntry(left), rightKey = LedgerKeyLocation.OfEntry(right);
        return LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left), rightKey.Type, rightKey.Body(right));
    }
}
