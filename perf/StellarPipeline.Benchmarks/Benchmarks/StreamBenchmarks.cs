using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>
/// The work on the bytes of the largest bucket before the merge: each part alone, then all together. MB are decompressed bytes.
/// </summary>
public class StreamBenchmarks
{
    private readonly byte[] block = new byte[new ArchiveReadOptions().WindowBytes];
    private MemoryBucket bucket = null!;

    [GlobalSetup]
    public void Setup()
    {
        bucket = BenchmarkArchive.Instance.Buckets.MaxBy(candidate => candidate.Content.Length)!;
        WorkAmounts.Record<StreamBenchmarks>(new WorkAmount(bucket.Content.Length, bucket.Records));
    }

    /// <summary>The lower limit: only copies the bytes.</summary>
    [Benchmark(Baseline = true)]
    public int Copy()
    {
        int copied = 0;
        for (int at = 0; at < bucket.Content.Length; at += block.Length)
        {
            int count = Math.Min(block.Length, bucket.Content.Length - at);
            bucket.Content.AsSpan(at, count).CopyTo(block);
            copied += count;
        }

        return copied;
    }

    /// <summary>Goes from record mark to record mark.</summary>
    [Benchmark]
    public int Frame()
    {
        int records = 0;
        for (int at = 0; at < bucket.Content.Length; records++)
        {
            if (!RecordMark.TryRead(bucket.Content.AsSpan(at), 16 << 20, out int bodyBytes))
                throw new InvalidOperationException("The generated bucket has an invalid record mark.");
            at += RecordMark.Bytes + bodyBytes;
        }

        return records;
    }

    [Benchmark]
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int at = 0; at < bucket.Content.Length; at += block.Length)
            hash.AppendData(bucket.Content.AsSpan(at, Math.Min(block.Length, bucket.Content.Length - at)));
        return hash.GetHashAndReset();
    }

    [Benchmark]
    public async Task<long> Gunzip()
    {
        var source = new ArchiveObject(new MemoryStream(bucket.Stored, writable: false), "memory", bucket.Stored.Length);
        await using var reader = new GunzipReader(source, "memory", ArrayPool<byte>.Shared);
        while (await reader.ReadAsync(block, CancellationToken.None) > 0)
        {
        }

        return reader.ContentBytes;
    }

    /// <summary>Gunzip, hash and framing into windows, as in the bucket stream.</summary>
    [Benchmark]
    public async Task<bool> BucketStream()
    {
        var options = new ArchiveReadOptions();
        var windows = Channel.CreateBounded<RecordWindow>(options.WindowsPerBucket);
        var stream = new BucketStream(
            new MemoryTransport(bucket), bucket.Reference, options, ArrayPool<byte>.Shared, new BucketCounters(bucket.Reference));
        var pump = Task.Run(() => stream.PumpAsync(windows.Writer, CancellationToken.None));
        await foreach (RecordWindow window in windows.Reader.ReadAllAsync()) window.Dispose();
        await pump;
        return stream.Verified;
    }
}
