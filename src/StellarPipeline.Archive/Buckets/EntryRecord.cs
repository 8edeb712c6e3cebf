using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Buckets;

/// <summary>One live ledger entry in a chunk. It is valid only until the chunk is disposed.</summary>
public readonly ref struct EntryRecord
{
    internal EntryRecord(ReadOnlySpan<byte> ledgerEntry, int bucketIndex, long recordOffset)
    {
        LedgerEntry = ledgerEntry;
        BucketIndex = bucketIndex;
        RecordOffset = recordOffset;
    }

    /// <summary>The XDR bytes of a <c>LedgerEntry</c>. Only its key has been checked; the rest has not been decoded.</summary>
    public ReadOnlySpan<byte> LedgerEntry { get; }

    /// <summary>The bucket that contains it: an index into <see cref="CheckpointEntrySource.Buckets"/>.</summary>
    public int BucketIndex { get; }

    /// <summary>Where its record begins in that bucket, in uncompressed bytes.</summary>
    public long RecordOffset { get; }
}
