using System.Threading.Channels;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Xdr;

namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>Reads buckets as the product does, but on the caller's thread, so that memory and hangs are the case's own.</summary>
internal sealed class BucketRun
{
    /// <summary>Largest record in these runs.</summary>
    public const int MaxRecordBytes = 64 * 1024;

    /// <summary>Largest content of a compressed bucket in these runs.</summary>
    public const int MaxContentBytes = 64 * 1024;

    /// <summary>What the objects of a read take: streams, queues, tasks, a refusal.</summary>
    public const long MaxAllocatedBytes = 512 * 1024;

    // The input buffer, a window and the larger one that follows it, what waits, a key, a chunk; rounded up to powers of two by the pool.
    private const long MaxPooledBytes = (2 * GunzipReader.InputBufferBytes) + (8L * MaxRecordBytes);

    private readonly MeasuredPool pool = new();
    private readonly List<BucketReader> readers = [];
    private readonly List<ChannelReader<RecordWindow>> queues = [];

    /// <summary>Reads one bucket and decodes every record.</summary>
    public string Read(
        byte[] stored, BucketListKind list, uint protocol, ArchiveReadOptions options, bool isNamedRight, byte[]? content = null)
    {
        pool.StartCase();
        try
        {
            BucketReader reader = Open(stored, content ?? stored, 0, list, protocol, options, isNamedRight);
            CursorState state;
            long before = -1;
            while ((state = reader.Advance()) == CursorState.Record)
            {
                LedgerEntryCheck.Require(reader);
                if (reader.RecordOffset <= before)
                    throw new InvalidOperationException("The records are not in the order of their offsets.");
                before = reader.RecordOffset;
            }

            return state == CursorState.End ? "read" : throw Error(reader);
        }
        finally
        {
            End(stored.Length);
        }
    }

    /// <summary>Merges buckets, newest first.</summary>
    public string Merge(byte[][] stored, uint protocol, ArchiveReadOptions options, bool isNamedRight)
    {
        pool.StartCase();
        try
        {
            for (int index = 0; index < stored.Length; index++)
                Open(stored[index], stored[index], index, BucketListKind.Live, protocol, options, isNamedRight);
            using var merger = new EntryMerger([.. readers], options, pool, new MergeClock());
            long entries = 0;
            Task merge = merger.RunAsync(Take, CancellationToken.None);
            if (!merge.IsCompleted)
                throw new InvalidOperationException("The merge waits, although all is there.");
            merge.GetAwaiter().GetResult();
            if (entries != readers.Sum(reader => reader.Counters.LiveEntries))
            {
                throw new InvalidOperationException(
                    $"{entries} entries came out, {readers.Sum(reader => reader.Counters.LiveEntries)} were counted.");
            }

            return "merged";

            ValueTask Take(EntryChunk chunk, CancellationToken cancellationToken)
            {
                foreach (EntryRecord record in chunk)
                    entries += record.LedgerEntry.Length > 0 ? 1 : 0;
                chunk.Dispose();
                return ValueTask.CompletedTask;
            }
        }
        finally
        {
            End(stored.Sum(bucket => bucket.Length));
        }
    }

    private BucketReader Open(
        byte[] stored, byte[] content, int index, BucketListKind list, uint protocol, ArchiveReadOptions options, bool isNamedRight)
    {
        Hash256 name = isNamedRight ? Hash256.Of(content) : Hash256.Of([1]);
        var bucket = new BucketReference(new BucketPosition(list, 3, IsSnap: false), name);
        var counters = new BucketCounters(bucket);
        var windows = Channel.CreateUnbounded<RecordWindow>();
        queues.Add(windows.Reader);
        var stream = new BucketStream(new MemoryTransport(stored), bucket, options, pool, counters);
        Task pump = stream.PumpAsync(windows.Writer, CancellationToken.None);
        if (!pump.IsCompleted)
            throw new InvalidOperationException("The bucket's stream waits, although all is there.");
        pump.GetAwaiter().GetResult();
        var reader = new BucketReader(bucket, index, protocol, windows.Reader, pool, counters);
        readers.Add(reader);
        return reader;
    }

    private static InvalidOperationException Error(BucketReader reader) =>
        new($"The reader of {reader.Bucket.FileName} waits, although all is there.");

    // As BucketFeed does when a read ends, however it ends; then nothing of the pool may be out, and never was too much.
    private void End(int storedBytes)
    {
        foreach (BucketReader reader in readers)
            reader.Dispose();
        foreach (ChannelReader<RecordWindow> queue in queues)
        {
            while (queue.TryRead(out RecordWindow? window))
                window.Dispose();
        }

        readers.Clear();
        queues.Clear();
        if (pool.OutArrays != 0)
            throw new InvalidOperationException($"{pool.OutArrays} arrays of the pool were not given back.");

        // Nothing takes windows away while a bucket is read here, so all of its content is out at once, in arrays of up to four times its
        // size.
        long allowed = MaxPooledBytes + (4L * Math.Max(storedBytes, MaxContentBytes));
        if (pool.OutBytesMost > allowed)
            throw new InvalidOperationException($"{pool.OutBytesMost} bytes were taken from the pool; {allowed} are allowed.");
    }
}
