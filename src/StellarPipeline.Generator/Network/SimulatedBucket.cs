using System.Security.Cryptography;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Generator.Network;

/// <summary>One record of a simulated bucket.</summary>
/// <param name="Key">The encoded LedgerKey.</param>
/// <param name="Record">Entry or tombstone.</param>
internal readonly record struct BucketItem(byte[] Key, BucketRecord Record);

/// <summary>An immutable bucket in memory: records in key order, and the protocol of its metadata record.</summary>
internal sealed class SimulatedBucket
{
    private readonly uint protocol;
    private readonly bool isHotArchive;
    private readonly Lazy<string> hash;

    private SimulatedBucket(uint protocol, bool isHotArchive, IReadOnlyList<BucketItem> items)
    {
        this.protocol = protocol;
        this.isHotArchive = isHotArchive;
        Items = items;
        hash = new Lazy<string>(MakeHash);
    }

    /// <summary>The empty bucket, which has no file.</summary>
    public static SimulatedBucket Empty { get; } = new(0, false, []);

    public IReadOnlyList<BucketItem> Items { get; }

    /// <summary>SHA-256 of the framed records, 64 lower-case hex digits; zeros if the bucket is empty.</summary>
    public string Hash => hash.Value;

    /// <summary>The records as in a bucket file, metadata first; null if there is no file.</summary>
    public IEnumerable<BucketRecord>? Records => Items.Count == 0 ? null
        : Items.Select(static item => item.Record).Prepend(BucketRecord.MetaOf(this.protocol, this.isHotArchive));

    /// <summary>Makes a bucket from the changes of one ledger, given in any order.</summary>
    public static SimulatedBucket Fresh(uint protocol, bool isHotArchive, IEnumerable<BucketItem> items)
    {
        List<BucketItem> sorted = [.. items];
        sorted.Sort(static (left, right) => Compare(left.Key, right.Key));
        return Of(protocol, isHotArchive, sorted);
    }

    /// <summary>Merges two adjacent buckets as a network does (stellar-core LiveBucket.cpp, HotArchiveBucket.cpp; CAP-20).</summary>
    /// <param name="older">The older bucket.</param>
    /// <param name="newer">The newer bucket.</param>
    /// <param name="isHotArchive">Whether they belong to the hot archive.</param>
    /// <param name="isLast">Whether the result is in the last level, which needs no tombstones.</param>
    public static SimulatedBucket Merge(SimulatedBucket older, SimulatedBucket newer, bool isHotArchive, bool isLast)
    {
        List<BucketItem> merged = new(older.Items.Count + newer.Items.Count);
        int old = 0, young = 0;
        while (old < older.Items.Count || young < newer.Items.Count)
        {
            int order =
                old == older.Items.Count ? 1 : young == newer.Items.Count ? -1 : Compare(older.Items[old].Key, newer.Items[young].Key);
            BucketItem? kept = order < 0 ? older.Items[old] : order > 0 ? newer.Items[young]
                : isHotArchive ? newer.Items[young] : Newer(older.Items[old], newer.Items[young]);
            if (order <= 0) old++;
            if (order >= 0) young++;
            if (kept is not { } item || (isLast && item.Record.Arm == RecordArm.Dead)) continue;
            merged.Add(isLast && item.Record.Arm == RecordArm.Init ? item with { Record = BucketRecord.Live(item.Record.Body) } : item);
        }

        return Of(Math.Max(older.protocol, newer.protocol), isHotArchive, merged);
    }

    private static int Compare(byte[] left, byte[] right) => LedgerKeyOrder.Compare(
        (LedgerEntryType)left[3], left.AsSpan(4), (LedgerEntryType)right[3], right.AsSpan(4));

    // INIT then DEAD cancel each other out; DEAD then INIT is an update (LIVE).
    private static BucketItem? Newer(BucketItem older, BucketItem newer) => (older.Record.Arm, newer.Record.Arm) switch
    {
        (RecordArm.Init, RecordArm.Dead) => null,
        (RecordArm.Init, _) => newer with { Record = BucketRecord.Init(newer.Record.Body) },
        (RecordArm.Dead, RecordArm.Init) => newer with { Record = BucketRecord.Live(newer.Record.Body) },
        _ => newer,
    };

    private static SimulatedBucket Of(uint protocol, bool isHotArchive, List<BucketItem> items) =>
        items.Count == 0 ? Empty : new(protocol, isHotArchive, items);

    private string MakeHash()
    {
        if (Records is not { } records) return BucketFile.Empty.Hash;
        using XdrWriter writer = new(BucketFileWriter.FlushBytes);
        foreach (BucketRecord record in records)
        {
            int start = writer.BeginRecord();
            writer.WriteInt32((int)record.Arm);
            writer.WriteRaw(record.Body.Span);
            writer.EndRecord(start);
        }

        return Convert.ToHexStringLower(SHA256.HashData(writer.WrittenSpan));
    }
}
