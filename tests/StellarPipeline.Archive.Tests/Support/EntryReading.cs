using System.Buffers;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>Reads all entries of an archive.</summary>
internal static class EntryReading
{
    public static async Task<List<ReadEntry>> ReadAllAsync(CheckpointEntrySource source, CancellationToken cancellationToken = default)
    {
        var entries = new List<ReadEntry>();
        long sequence = 0;
        await source.ReadAsync(
            (chunk, _) =>
            {
                using (chunk)
                {
                    Assert.Equal(sequence++, chunk.Sequence);
                    int count = 0;
                    int bytes = 0;
                    foreach (EntryRecord record in chunk)
                    {
                        entries.Add(new ReadEntry(record.LedgerEntry.ToArray(), record.BucketIndex, record.RecordOffset));
                        count++;
                        bytes += record.LedgerEntry.Length;
                    }

                    Assert.Equal(count, chunk.EntryCount);
                    Assert.Equal(bytes, chunk.ByteCount);
                    return ValueTask.CompletedTask;
                }
            },
            cancellationToken);
        return entries;
    }

    public static async Task<List<ReadEntry>> ReadAllAsync(
        HistoryArchive archive, uint checkpoint, ArchiveReadOptions? options = null, ArrayPool<byte>? pool = null)
    {
        CheckpointProof proof = await archive.OpenCheckpointAsync(checkpoint);
        return await ReadAllAsync(CheckpointEntrySource.Create(archive, proof, options, pool ?? ArrayPool<byte>.Shared));
    }

    public static Task<List<ReadEntry>> ReadAllAsync(
        TestArchive archive, ArchiveReadOptions? options = null, ArrayPool<byte>? pool = null) =>
            ReadAllAsync(archive.Open(), archive.Checkpoint, options, pool);

    /// <summary>Reads the archive, which must fail in one clear error; nothing of the pool's memory may stay out.</summary>
    public static async Task<ArchiveException> FailAsync(TestArchive archive, ArchiveReadOptions? options = null)
    {
        var pool = new CountingPool();
        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => ReadAllAsync(archive, options, pool));
        Assert.Equal(0, pool.Outstanding);
        return error;
    }
}
