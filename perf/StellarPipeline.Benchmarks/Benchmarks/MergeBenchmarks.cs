using System.Buffers;
using BenchmarkDotNet.Attributes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;
using StellarPipeline.Benchmarks.Naive;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>
/// The newest version of every key: by merging, and with a set of seen keys. Windows are in memory; entries are records of all buckets.
/// </summary>
public class MergeBenchmarks
{
    private List<MemoryBucket> buckets = [];

    /// <summary>Number of buckets, the oldest ones of the list; the oldest is by far the largest.</summary>
    [Params(2, 5, 21)]
    public int Buckets { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        IReadOnlyList<MemoryBucket> all = BenchmarkArchive.Instance.Buckets;
        buckets = [.. all.Skip(Math.Max(0, all.Count - Buckets))];
        WorkAmounts.Record<MergeBenchmarks>(
            new WorkAmount(buckets.Sum(bucket => (long)bucket.Content.Length), buckets.Sum(bucket => (long)bucket.Records)), Buckets);
    }

    /// <summary>The baseline: reads each bucket alone, locates its keys and checks their order.</summary>
    [Benchmark(Baseline = true)]
    public long ReadOnly()
    {
        long bytes = 0;
        for (int index = 0; index < buckets.Count; index++)
        {
            using BucketReader reader = Open(index);
            while (reader.Advance() == CursorState.Record) bytes += reader.EntryBytes;
        }

        return bytes;
    }

    /// <summary>The product: live entries into chunks, in key order.</summary>
    [Benchmark]
    public async Task<long> Merge()
    {
        long entries = 0;
        BucketReader[] readers = [.. buckets.Select((_, index) => Open(index))];
        using (var merger = new EntryMerger(readers, new ArchiveReadOptions(), ArrayPool<byte>.Shared, new MergeClock()))
        {
            await merger.RunAsync((chunk, _) =>
            {
                entries += chunk.EntryCount;
                chunk.Dispose();
                return ValueTask.CompletedTask;
            }, CancellationToken.None);
        }

        foreach (BucketReader reader in readers) reader.Dispose();
        return entries;
    }

    /// <summary>The naive design: newest bucket first, a set of all seen keys; live entries into chunks, not in key order.</summary>
    [Benchmark]
    public long SeenKeys()
    {
        var seen = new SeenKeySet();
        long entries = 0;
        EntryChunk? chunk = null;
        for (int index = 0; index < buckets.Count; index++)
        {
            using BucketReader reader = Open(index);
            while (reader.Advance() == CursorState.Record)
            {
                if (!seen.Add(reader.KeyType, reader.KeyBody) || reader.Arm == BucketArm.Dead) continue;
                entries++;
                if (chunk is null || !chunk.HasRoomFor(reader.EntryBytes))
                {
                    chunk?.Dispose();
                    chunk = BenchmarkArchive.NewChunk(reader.EntryBytes, 0);
                }

                chunk.Append(reader.Entry, index, reader.RecordOffset);
            }
        }

        chunk?.Dispose();
        return entries;
    }

    private BucketReader Open(int index) => buckets[index].Open(index, BenchmarkArchive.Instance.Proof.ProtocolVersion);
}
