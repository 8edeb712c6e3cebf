using System.Buffers.Binary;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Archive.Tests.Generator;

/// <summary>Reads an archive the slow way: all buckets in memory, newest version of each key wins, every rule of CAP-20 asserted.</summary>
internal sealed class BucketReplay
{
    private readonly Dictionary<string, List<(int Position, RecordArm Arm)>> versions = [];

    public BucketReplay(string folder)
    {
        List<byte[]> buckets = ArchiveOracle.ReadBuckets(folder);
        for (int position = 0; position < buckets.Count; position++) Read(buckets[position], position);
        int oldest = buckets.FindLastIndex(static bucket => bucket.Length > 0);
        foreach ((string key, List<(int Position, RecordArm Arm)> versions) in this.versions) CheckLifecycle(key, versions, oldest);
    }

    /// <summary>Live entries as encoded LedgerEntry, by the hex of their LedgerKey.</summary>
    public Dictionary<string, byte[]> Live { get; } = [];

    /// <summary>Records by arm.</summary>
    public Dictionary<RecordArm, long> Records { get; } = [];

    /// <summary>How many records each position holds, metadata included.</summary>
    public Dictionary<int, int> RecordsAt { get; } = [];

    /// <summary>Neighbours in a bucket whose XDR bytes are in the other order than their keys, by type.</summary>
    public Dictionary<LedgerEntryType, int> OutOfByteOrder { get; } = [];

    /// <summary>Keys whose newest version is a tombstone, by type.</summary>
    public Dictionary<LedgerEntryType, long> Deleted { get; } = [];

    /// <summary>Arms of each key's versions, newest first, like "LDI".</summary>
    public IEnumerable<string> Histories =>
        this.versions.Values.Select(static versions => string.Concat(versions.Select(static version => version.Arm.ToString()[0])));

    public long LiveOf(LedgerEntryType type) => Live.Values.LongCount(entry => entry[7] == (int)type);

    private void Read(byte[] bucket, int position)
    {
        List<byte[]> records = RecordFraming.Split(bucket);
        RecordsAt[position] = records.Count;
        byte[]? previous = null;
        LedgerKeyLocation previousKey = default;
        for (int index = 0; index < records.Count; index++)
        {
            var arm = (RecordArm)BinaryPrimitives.ReadInt32BigEndian(records[index]);
            Records[arm] = Records.GetValueOrDefault(arm) + 1;
            Assert.Equal(index == 0, arm == RecordArm.Meta);
            if (arm == RecordArm.Meta) continue;
            byte[] body = records[index][4..];
            if (arm != RecordArm.Dead) LedgerEntryView.Parse(body);
            LedgerKeyLocation key = arm == RecordArm.Dead ? LedgerKeyLocation.OfKey(body) : LedgerKeyLocation.OfEntry(body);
            if (previous is not null) CheckOrder(previous, previousKey, body, key, position, index);
            (previous, previousKey) = (body, key);
            Remember(position, arm, body, key);
        }
    }

    private void CheckOrder(byte[] left, LedgerKeyLocation leftKey, byte[] right, LedgerKeyLocation rightKey, int position, int index)
    {
        int order = LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left), rightKey.Type, rightKey.Body(right));
        Assert.True(
            order < 0,
            $"Position {position}, record {index}: {Convert.ToHexString(rightKey.Body(right))} follows "
                + $"{Convert.ToHexString(leftKey.Body(left))}.");
        if (leftKey.Type == rightKey.Type && leftKey.Body(left).SequenceCompareTo(rightKey.Body(right)) > 0)
            OutOfByteOrder[leftKey.Type] = OutOfByteOrder.GetValueOrDefault(leftKey.Type) + 1;
    }

    private void Remember(int position, RecordArm arm, byte[] body, LedgerKeyLocation key)
    {
        string name = $"{(int)key.Type:x8}{Convert.ToHexStringLower(key.Body(body))}";
        if (!this.versions.TryGetValue(name, out List<(int Position, RecordArm Arm)>? versions))
        {
            this.versions.Add(name, versions = []);
            if (arm == RecordArm.Dead) Deleted[key.Type] = Deleted.GetValueOrDefault(key.Type) + 1;
            else Live.Add(name, body);
        }

        versions.Add((position, arm));
    }

    private static void CheckLifecycle(string key, List<(int Position, RecordArm Arm)> versions, int oldest)
    {
        for (int index = 0; index < versions.Count; index++)
        {
            RecordArm? below = index + 1 < versions.Count ? versions[index + 1].Arm : null;
            switch (versions[index].Arm)
            {
                case RecordArm.Init:
                    Assert.True(below is null or RecordArm.Dead, $"{key}: INIT over {below}.");
                    break;
                case RecordArm.Live:
                    Assert.True(below is RecordArm.Init or RecordArm.Live || (below is null && versions[index].Position == oldest),
                        $"{key}: LIVE over {below}.");
                    break;
                default:
                    Assert.True(below != RecordArm.Dead, $"{key}: DEAD over DEAD.");
                    Assert.True(versions[index].Position < oldest, $"{key}: DEAD in the oldest bucket.");
                    break;
            }
        }

        if (key.StartsWith("00000002", StringComparison.Ordinal) || key.StartsWith("00000004", StringComparison.Ordinal))
        {
            string history = string.Concat(versions.Select(static version => version.Arm.ToString()[0]));
            Assert.False(
                history.TrimStart('D').Contains('D', StringComparison.Ordinal), $"{key}: {history}, but its id must not be used twice.");
        }
    }
}
