using System.Buffers;
using System.IO.Compression;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Checkpoints;

namespace StellarPipeline.Benchmarks.Data;

/// <summary>A generated archive in memory, made once per process.</summary>
internal sealed class BenchmarkArchive
{
    private static readonly Lazy<BenchmarkArchive> Shared = new(Make);

    private BenchmarkArchive(CheckpointProof proof, IReadOnlyList<MemoryBucket> buckets, IReadOnlyList<EntryChunk> chunks)
    {
        Proof = proof;
        Buckets = buckets;
        Chunks = chunks;
    }

    /// <summary>Live entries to generate, of all types in proportions like the public network's. Set it before the first use.</summary>
    public static int Entries { get; set; } = 200_000;

    public static BenchmarkArchive Instance => Shared.Value;

    public CheckpointProof Proof { get; }

    /// <summary>The buckets of the live list, newest first. The oldest is far larger than all others.</summary>
    public IReadOnlyList<MemoryBucket> Buckets { get; }

    /// <summary>All live entries in key order, in chunks like those of the merge.</summary>
    public IReadOnlyList<EntryChunk> Chunks { get; }

    /// <summary>The live entries that a function selects, in chunks of the usual size.</summary>
    public IReadOnlyList<EntryChunk> Select(Func<ReadOnlySpan<byte>, bool> choose)
    {
        var selected = new List<EntryChunk>();
        EntryChunk? open = null;
        foreach (EntryChunk chunk in Chunks)
        {
            foreach (EntryRecord record in chunk)
            {
                if (!choose(record.LedgerEntry)) continue;
                if (open is null || !open.HasRoomFor(record.LedgerEntry.Length))
                    selected.Add(open = NewChunk(record.LedgerEntry.Length, selected.Count));
                open.Append(record.LedgerEntry, record.BucketIndex, record.RecordOffset);
            }
        }

        return selected;
    }

    /// <summary>An empty chunk with the size of those of the merge.</summary>
    public static EntryChunk NewChunk(int entryBytes, int sequence) =>
        new(ArrayPool<byte>.Shared, Math.Max(new ArchiveReadOptions().ChunkBytes, EntryChunk.SpaceFor(entryBytes)), sequence);

    private static BenchmarkArchive Make()
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-benchmarks-").FullName;
        try
        {
            return MakeAsync(folder).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<BenchmarkArchive> MakeAsync(string folder)
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder, GeneratorOptions.OfEntries(Entries));
        var archive = HistoryArchive.Open(folder);
        CheckpointProof proof = await archive.OpenCheckpointAsync(await archive.LatestCheckpointAsync());
        var buckets = new List<MemoryBucket>();
        foreach (BucketReference bucket in proof.State.Buckets(BucketListKind.Live).DistinctBy(bucket => bucket.Hash))
        {
            byte[] stored = await File.ReadAllBytesAsync(Path.Combine(folder, ArchivePath.Bucket(bucket.Hash)));
            var content = new MemoryStream();
            await using (var gzip = new GZipStream(new MemoryStream(stored), CompressionMode.Decompress)) await gzip.CopyToAsync(content);
            buckets.Add(new MemoryBucket(bucket, stored, content.ToArray()));
        }

        var chunks = new List<EntryChunk>();
        await CheckpointEntrySource.Create(archive, proof).ReadAsync((chunk, _) =>
        {
            chunks.Add(chunk);
            return ValueTask.CompletedTask;
        }, CancellationToken.None);
        return new BenchmarkArchive(proof, buckets, chunks);
    }
}
