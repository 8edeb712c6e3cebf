using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Pooled memory with whole live entries, in key order.</summary>
/// <remarks>
/// The receiver owns the chunk and disposes it after reading the entries; spans into it are invalid after that. One thread writes it, then
/// any one thread reads it.
/// In memory, a header of 16 bytes before each entry contains its length and origin.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "A chunk is a unit of transport that happens to be enumerable, not a collection.")]
public sealed class EntryChunk : IDisposable
{
    private static readonly int HeaderBytes = Unsafe.SizeOf<Header>();

    private readonly ArrayPool<byte> pool;
    private readonly int capacity;
    private byte[]? buffer;
    private int used;

    internal EntryChunk(ArrayPool<byte> pool, int capacity, long sequence)
    {
        this.pool = pool;
        this.capacity = capacity;
        Sequence = sequence;
        buffer = pool.Rent(capacity);
    }

    /// <summary>Entries in the chunk.</summary>
    public int EntryCount { get; private set; }

    /// <summary>Bytes of the entries in the chunk, without the chunk's own headers.</summary>
    public int ByteCount => used - (EntryCount * HeaderBytes);

    /// <summary>Number of the chunk within its read, from 0, without gaps.</summary>
    public long Sequence { get; }

    /// <summary>
    /// Origin of the first entry: its bucket's index in the source's list, and the offset of its record in uncompressed bytes.
    /// </summary>
    public (int BucketIndex, long RecordOffset) First { get; private set; }

    /// <summary>Origin of the last entry.</summary>
    public (int BucketIndex, long RecordOffset) Last { get; private set; }

    /// <summary>Enumerates the entries, in key order, without allocating.</summary>
    /// <exception cref="ObjectDisposedException">The chunk has been disposed.</exception>
    public Enumerator GetEnumerator() => new(Memory.AsSpan(0, used));

    /// <summary>Returns the memory to the pool. Later calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } rented)
            pool.Return(rented);
    }

    internal static int SpaceFor(int entryBytes) => HeaderBytes + entryBytes;

    internal bool HasRoomFor(int entryBytes) => capacity - used >= HeaderBytes + entryBytes;

    internal void Append(ReadOnlySpan<byte> ledgerEntry, int bucketIndex, long recordOffset)
    {
        Span<byte> free = Memory.AsSpan(used, HeaderBytes + ledgerEntry.Length);
        MemoryMarshal.Write(free, new Header(ledgerEntry.Length, bucketIndex, recordOffset));
        ledgerEntry.CopyTo(free[HeaderBytes..]);
        used += free.Length;
        Last = (bucketIndex, recordOffset);
        if (EntryCount++ == 0) First = Last;
    }

    private byte[] Memory => buffer ?? throw new ObjectDisposedException(nameof(EntryChunk));

    /// <summary>Enumerates the entries of a chunk.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> entries;
        private int next;
        private int current;

        internal Enumerator(ReadOnlySpan<byte> entries) => this.entries = entries;

        /// <summary>The current entry.</summary>
        public readonly EntryRecord Current
        {
            get
            {
                Header header = MemoryMarshal.Read<Header>(entries[current..]);
                return new EntryRecord(entries.Slice(current + HeaderBytes, header.EntryBytes), header.BucketIndex, header.RecordOffset);
            }
        }

        /// <summary>Steps to the next entry.</summary>
        /// <returns>False after the last entry.</returns>
        public bool MoveNext()
        {
            if (next >= entries.Length)
                return false;
            current = next;
            next += HeaderBytes + MemoryMarshal.Read<Header>(entries[next..]).EntryBytes;
            return true;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Header(int entryBytes, int bucketIndex, long recordOffset)
    {
        public readonly int EntryBytes = entryBytes;
        public readonly int BucketIndex = bucketIndex;
        public readonly long RecordOffset = recordOffset;
    }
}
