using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Archive.Buckets;

/// <summary>A cursor over the records of one bucket.</summary>
/// <remarks>
/// Input: windows of whole records. Output: one record's arm, key and entry at each step, as slices of the window. Order: keys must
/// strictly increase, in stellar-core's order of ledger keys (src/bucket/LedgerCmp.h); this detects both a damaged bucket and a wrong
/// comparator.
/// Failure: an <see cref="ArchiveException"/> with bucket, record and offset. Checked here: the metadata record, the arms and types that
/// the list allows, keys, their order, and that a DEAD record contains only a key. Not checked here: the fields after the key of an entry.
/// </remarks>
internal sealed class BucketReader : IDisposable
{
    private readonly ChannelReader<RecordWindow> windows;
    private readonly ArrayPool<byte> pool;
    private readonly BucketRecordRules rules;
    private readonly BucketCounters counters;
    private readonly string context;
    private RecordWindow? window;
    private byte[] buffer = [];
    private int position;
    private int end;
    private int recordStart;
    private long records;

    // Key of the previous record: a slice of the current window, or a copy if its window has been released.
    private byte[] previousKeyBuffer = [];
    private byte[]? previousKeyCopy;
    private int previousKeyOffset;
    private int previousKeyLength = -1;
    private LedgerEntryType previousKeyType;

    private int keyOffset;
    private int keyLength = -1;
    private int entryOffset;
    private int entryLength;

    /// <summary>Creates a reader that is positioned before the first record.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="index">Its position among the buckets that are read together, 0 for the newest.</param>
    /// <param name="ledgerProtocol">Protocol version in the checkpoint's ledger header.</param>
    /// <param name="windows">The bucket's windows.</param>
    /// <param name="pool">Pool for copies of keys.</param>
    /// <param name="counters">Counts the records.</param>
    public BucketReader(
        BucketReference bucket, int index, uint ledgerProtocol, ChannelReader<RecordWindow> windows, ArrayPool<byte> pool,
        BucketCounters counters)
    {
        Bucket = bucket;
        Index = index;
        this.windows = windows;
        this.pool = pool;
        this.counters = counters;
        context = bucket.Position.ToString();
        rules = new BucketRecordRules(bucket.Position.List, ledgerProtocol);
    }

    /// <summary>The bucket.</summary>
    public BucketReference Bucket { get; }

    /// <summary>Its position among the buckets that are read together, 0 for the newest.</summary>
    public int Index { get; }

    /// <summary>The protocol that wrote the bucket; 0 if it has no metadata record.</summary>
    public uint Protocol { get; private set; }

    /// <summary>Protocol version in the checkpoint's ledger header.</summary>
    public uint LedgerProtocol => rules.LedgerProtocol;

    /// <summary>What the current record says about its key.</summary>
    public BucketArm Arm { get; private set; }

    /// <summary>Type of the current record's key.</summary>
    public LedgerEntryType KeyType { get; private set; }

    /// <summary>The current record's key: the bytes of its LedgerKey after the type.</summary>
    public ReadOnlySpan<byte> KeyBody => buffer.AsSpan(keyOffset, keyLength);

    /// <summary>The current record's value: a LedgerEntry, or a LedgerKey for a DEAD record.</summary>
    public ReadOnlySpan<byte> Entry => buffer.AsSpan(entryOffset, entryLength);

    /// <summary>Length of <see cref="Entry"/> in bytes.</summary>
    public int EntryBytes => entryLength;

    /// <summary>Where the mark of the current record begins, in uncompressed bytes.</summary>
    public long RecordOffset => window!.Offset + recordStart;

    /// <summary>Place of the current record, for messages.</summary>
    public RecordPlace Place => new(Bucket.FileName, context, records, RecordOffset);

    /// <summary>Counts what is read from the bucket.</summary>
    public BucketCounters Counters => counters;

    /// <summary>Compares the current keys of two buckets.</summary>
    /// <returns>Negative if this one sorts first, 0 if the keys are equal.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CompareKeyTo(BucketReader other) => LedgerKeyOrder.Compare(KeyType, KeyBody, other.KeyType, other.KeyBody);

    /// <summary>Steps to the next record that has a key.</summary>
    /// <returns>Whether the reader is at a record, the bucket has ended, or the next window is not there yet.</returns>
    /// <exception cref="ArchiveException">The bucket breaks a rule, or could not be read.</exception>
    public CursorState Advance()
    {
        RememberKey();
        do
        {
            while (position == end)
            {
                CursorState state = NextWindow();
                if (state != CursorState.Record)
                    return state;
            }

            ReadRecord();
        }
        while (Arm == BucketArm.Metadata);
        CheckOrder();
        return CursorState.Record;
    }

    /// <summary>Waits until <see cref="Advance"/> can continue.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (!await windows.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            await windows.Completion.ConfigureAwait(false);
    }

    /// <summary>Returns all memory. Windows still in the queue do not belong to the reader.</summary>
    public void Dispose()
    {
        window?.Dispose();
        window = null;
        buffer = [];
        position = end = 0;
        if (previousKeyCopy is not null)
            pool.Return(previousKeyCopy);
        previousKeyCopy = null;
    }

    private CursorState NextWindow()
    {
        KeepKeyBeyondWindow();
        if (!windows.TryRead(out RecordWindow? next))
            return EndOfWindows();
        window?.Dispose();
        window = next;
        buffer = next.Buffer;
        position = 0;
        end = next.Length;
        return CursorState.Record;
    }

    private CursorState EndOfWindows()
    {
        if (!windows.Completion.IsCompletedSuccessfully)
            return CursorState.WindowNeeded;
        if (records == 0 && rules.MetadataRequired)
            ArchiveThrow.MetadataMissing(new RecordPlace(Bucket.FileName, context, 1, 0));
        return CursorState.End;
    }

    private void ReadRecord()
    {
        records++;
        recordStart = position;
        int bodyLength = RecordMark.LengthOf(buffer.AsSpan(position));
        int body = position + RecordMark.Bytes;
        position = body + bodyLength;
        Arm = (BucketArm)BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(body));
        entryOffset = body + sizeof(int);
        entryLength = bodyLength - sizeof(int);
        if (Arm == BucketArm.Metadata)
        {
            ReadMetadata();
            return;
        }

        if (records == 1 && rules.MetadataRequired)
            ArchiveThrow.MetadataMissing(Place);
        LocateKey();
        rules.CheckEntry(this);
    }

    private void ReadMetadata()
    {
        if (records != 1)
            ArchiveThrow.MetadataPosition(Place);
        counters.CountMetadata();
        try
        {
            Protocol = rules.ReadMetadata(Entry, Place);
        }
        catch (XdrFormatException error)
        {
            throw ArchiveThrow.RecordFormat(Place, "BucketMetadata", error, rules.LedgerProtocol);
        }
    }

    private void LocateKey()
    {
        try
        {
            LedgerKeyLocation key;
            switch (Arm)
            {
                case BucketArm.Live:
                    counters.CountLive();
                    key = LedgerKeyLocation.OfEntry(Entry);
                    break;
                case BucketArm.Init when rules.InitAllowed:
                    if (Protocol < BucketRecordRules.MetadataProtocol)
                        ArchiveThrow.InitProtocol(Place, Protocol);
                    counters.CountInit();
                    key = LedgerKeyLocation.OfEntry(Entry);
                    break;
                case BucketArm.Dead:
                    counters.CountDead();
                    key = LedgerKeyLocation.OfKey(Entry);
                    break;
                default:
                    ArchiveThrow.UnknownArm(Place, (int)Arm, Bucket.Position.List, rules.LedgerProtocol);
                    return;
            }

            KeyType = key.Type;
            keyOffset = entryOffset + key.Offset;
            keyLength = key.Length;
        }
        catch (XdrFormatException error)
        {
            throw ArchiveThrow.RecordFormat(Place, Arm == BucketArm.Dead ? "LedgerKey" : "LedgerEntry", error, rules.LedgerProtocol);
        }
    }

    private void CheckOrder()
    {
        if (previousKeyLength < 0)
            return;
        int order =
            LedgerKeyOrder.Compare(previousKeyType, previousKeyBuffer.AsSpan(previousKeyOffset, previousKeyLength), KeyType, KeyBody);
        if (order >= 0)
            ArchiveThrow.KeyOrder(Place, KeyType, isDuplicate: order == 0);
    }

    private void RememberKey()
    {
        if (keyLength < 0)
            return;
        previousKeyBuffer = buffer;
        previousKeyOffset = keyOffset;
        previousKeyLength = keyLength;
        previousKeyType = KeyType;
        keyLength = -1;
    }

    private void KeepKeyBeyondWindow()
    {
        if (previousKeyLength < 0 || previousKeyBuffer == previousKeyCopy)
            return;
        if (previousKeyCopy is null || previousKeyCopy.Length < previousKeyLength)
        {
            if (previousKeyCopy is not null)
                pool.Return(previousKeyCopy);
            previousKeyCopy = pool.Rent(Math.Max(256, previousKeyLength));
        }

        previousKeyBuffer.AsSpan(previousKeyOffset, previousKeyLength).CopyTo(previousKeyCopy);
        previousKeyBuffer = previousKeyCopy;
        previousKeyOffset = 0;
    }
}
