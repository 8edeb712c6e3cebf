using StellarPipeline.Archive.Checkpoints;

namespace StellarPipeline.Archive.Buckets;

/// <summary>One live ledger entry inside a chunk. It is valid only while its chunk is not disposed.</summary>
public readonly ref struct EntryRecord
{
    internal EntryRecord(ReadOnlySpan<byte> ledgerEntry, int bucketIndex, long recordOffset)
    {
        LedgerEntry = ledgerEntry;
        BucketIndex = bucketIndex;
        RecordOffset = recordOffset;
    }

    /// <summary>The entry, as the XDR bytes of a <c>LedgerEntry</c>. Its key was checked, the rest of it was not decoded yet.</summary>
    public ReadOnlySpan<byte> LedgerEntry { get; }

    /// <summary>Which bucket holds it: an index into <see cref="CheckpointEntrySource.Buckets"/>.</summary>
    public int BucketIndex { get; }

    /// <summary>Where its record begins in that bucket, in uncompressed bytes.</summary>
    public long RecordOffset { get; }
}
