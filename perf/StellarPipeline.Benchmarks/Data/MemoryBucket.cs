using System.Buffers;
using System.Threading.Channels;
using StellarPipeline.Archive.Buckets;

namespace StellarPipeline.Benchmarks.Data;

/// <summary>One bucket in memory: as stored, and decompressed in windows of whole records like those of a bucket stream.</summary>
internal sealed class MemoryBucket
{
    private readonly List<(byte[] Buffer, long Offset)> windows = [];

    public MemoryBucket(BucketReference reference, byte[] stored, byte[] content)
    {
        Reference = reference;
        Stored = stored;
        Content = content;
        int windowBytes = new ArchiveReadOptions().WindowBytes;
        int start = 0;
        for (int at = 0; at < content.Length;)
        {
            int next = at + RecordMark.Bytes + RecordMark.LengthOf(content.AsSpan(at));
            if (next - start > windowBytes && at > start)
            {
                windows.Add((content[start..at], start));
                start = at;
            }

            Records++;
            at = next;
        }

        if (start < content.Length) windows.Add((content[start..], start));
    }

    public BucketReference Reference { get; }

    public byte[] Stored { get; }

    public byte[] Content { get; }

    public int Records { get; }

    /// <summary>A reader of the windows, positioned before the first record.</summary>
    /// <param name="index">The bucket's rank by age among the buckets that are read together.</param>
    /// <param name="protocol">The ledger's protocol.</param>
    public BucketReader Open(int index, uint protocol)
    {
        var queue = Channel.CreateUnbounded<RecordWindow>();
        foreach ((byte[] buffer, long offset) in windows)
            queue.Writer.TryWrite(new RecordWindow(KeepingPool.Instance, buffer, buffer.Length, offset));
        queue.Writer.Complete();
        return new BucketReader(Reference, index, protocol, queue.Reader, ArrayPool<byte>.Shared, new BucketCounters(Reference));
    }
}
