using System.Buffers;
using System.Threading.Channels;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Writing;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Buckets;

/// <summary>
/// The merge allocates by window and by chunk, never by entry. Alone, because allocations are counted for the whole process.
/// </summary>
[Collection(nameof(ReadAllocationTests))]
[CollectionDefinition(nameof(ReadAllocationTests), DisableParallelization = true)]
public sealed class ReadAllocationTests
{
    [Fact]
    public void Advance_AndAppend_AllocateNothingPerEntry()
    {
        const int entries = 20_000;
        List<byte[]> records = [.. ManyAccounts.Make(0, entries).Select(record => (byte[])[0, 0, 0, 0, .. record.Body.Span])];
        byte[] content = RecordFraming.Join(records);
        (BucketReader Reader, EntryChunk Chunk)[] runs =
            [.. Enumerable.Range(0, 10).Select(
                _ => (AtFirstRecord(content), new EntryChunk(ArrayPool<byte>.Shared, 2 * content.Length, 0)))];
        int next = 0;
        int count = 0;

        long allocated = Allocations.Fewest(() =>
        {
            (BucketReader reader, EntryChunk chunk) = runs[next++];
            count = 1;
            chunk.Append(reader.Entry, reader.Index, reader.RecordOffset);
            for (; count < entries && reader.Advance() == CursorState.Record; count++)
                chunk.Append(reader.Entry, reader.Index, reader.RecordOffset);
            foreach (EntryRecord record in chunk)
                count -= record.LedgerEntry.Length > 0 ? 1 : 0;
        });
        foreach ((BucketReader reader, EntryChunk chunk) in runs)
        {
            reader.Dispose();
            chunk.Dispose();
        }

        Assert.Equal(0, count);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Read_TenTimesTheEntries_AllocatesNothingMorePerEntry()
    {
        long few = await AllocatedByReadAsync(2_000);
        long many = await AllocatedByReadAsync(42_000);

        // Windows and chunks cost a few objects each. One object per entry would be 24 bytes for each of 40,000 entries, at the least.
        Assert.True(many - few < 8 * 40_000, $"{few:N0} bytes for 2,000 entries, {many:N0} bytes for 42,000");
    }

    private static BucketReader AtFirstRecord(byte[] content)
    {
        var windows = Channel.CreateUnbounded<RecordWindow>();
        byte[] rented = ArrayPool<byte>.Shared.Rent(content.Length);
        content.CopyTo(rented.AsSpan());
        Assert.True(windows.Writer.TryWrite(new RecordWindow(ArrayPool<byte>.Shared, rented, content.Length, 0)));
        windows.Writer.Complete();
        var bucket = new BucketReference(default, Hash256.Of("x"u8));
        var reader = new BucketReader(bucket, 0, 25, windows.Reader, ArrayPool<byte>.Shared, new BucketCounters(bucket));
        Assert.Equal(CursorState.Record, reader.Advance());
        return reader;
    }

    private static async Task<long> AllocatedByReadAsync(int entries)
    {
        using var archive = TestArchive.OfBuckets(ManyAccounts.Make(1, entries / 3), ManyAccounts.Make(2, entries));
        HistoryArchive opened = archive.Open();
        CheckpointProof proof = await archive.ProveAsync();

        // One pool for all runs: the first fills it, the smallest says what a read costs besides its buffers, which are bounded and not a
        // matter of entries.
        var pool = ArrayPool<byte>.Create(1024 * 1024, 256);
        long smallest = long.MaxValue;
        for (int run = 0; run < 6; run++)
        {
            var source = CheckpointEntrySource.Create(opened, proof, null, pool);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await source.ReadAsync(Dispose, CancellationToken.None);
            smallest = Math.Min(smallest, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return smallest;

        static ValueTask Dispose(EntryChunk chunk, CancellationToken token)
        {
            int bytes = 0;
            foreach (EntryRecord record in chunk)
                bytes += record.LedgerEntry.Length;
            Assert.Equal(chunk.ByteCount, bytes);
            chunk.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
