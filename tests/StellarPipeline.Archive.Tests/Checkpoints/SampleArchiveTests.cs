using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Writing;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Archive.Tests.Checkpoints;

/// <summary>The recorded archives: proved, merged, and compared with an independent reading of the same files.</summary>
public sealed class SampleArchiveTests
{
    public static TheoryData<string, uint> Archives =>
        new() { { "archives/pubnet-p22", 63_092_991 }, { "archives/testnet-p25", 61_999_999 }, { "archives/testnet-p30", 61_999_999 } };

    [SkippableTheory]
    [MemberData(nameof(Archives))]
    public async Task LatestCheckpoint_OfSample_IsTheRecordedOne(string name, uint checkpoint)
    {
        var archive = HistoryArchive.Open(SampleData.Require(name));

        Assert.Equal(checkpoint, await archive.LatestCheckpointAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(Archives))]
    public async Task Read_OfSample_GivesWhatANaiveReadingGives(string name, uint checkpoint)
    {
        string folder = SampleData.Require(name);
        var archive = HistoryArchive.Open(folder);
        var source = CheckpointEntrySource.Create(archive, await archive.OpenCheckpointAsync(checkpoint));

        List<ReadEntry> entries = await EntryReading.ReadAllAsync(source);

        var expected = NaiveState.Read(folder, checkpoint);
        Dictionary<string, string> live = expected.Live;
        Assert.NotEmpty(live);
        Assert.Equal(live.Count, entries.Count);
        Assert.All(entries, entry => Assert.Equal(live[NaiveState.KeyOf(entry.LedgerEntry)], entry.Text));
        Assert.Equal(expected.Shadowed, source.Counters.Sum(counters => counters.Shadowed));
        Assert.Equal(expected.Tombstones, source.Counters.Sum(counters => counters.Tombstones));
        Assert.Equal(entries.Count, source.Counters.Sum(counters => counters.LiveEntries));
    }

    [SkippableTheory]
    [MemberData(nameof(Archives))]
    public async Task Read_OfSample_ComesInKeyOrder(string name, uint checkpoint)
    {
        List<ReadEntry> entries = await EntryReading.ReadAllAsync(HistoryArchive.Open(SampleData.Require(name)), checkpoint);

        for (int i = 1; i < entries.Count; i++)
            Assert.True(Compare(LiveRecord(entries[i - 1]), LiveRecord(entries[i])) < 0, $"entry {i}");
    }

    [SkippableTheory]
    [MemberData(nameof(Archives))]
    public void Compare_EveryPairOfKeysInOneBucket_AgreesWithTheirPlaces(string name, uint checkpoint)
    {
        string folder = SampleData.Require(name);
        long pairs = 0;
        foreach (string path in NaiveState.BucketPaths(folder, checkpoint, "currentBuckets"))
        {
            byte[][] records = RecordFraming.Split(GzipFiles.Read(path)).Where(record => record[3] != 0xff).ToArray();

            // Neighbours and near ones all, farther ones thinned out: 200,000 pairs or so in a bucket of 2,000 records.
            for (int left = 0; left < records.Length; left++)
            {
                for (int right = left; right < records.Length; right += 1 + ((right - left) / 20))
                {
                    int expected = left == right ? 0 : -1;
                    bool agrees = Compare(records[left], records[right]) == expected && Compare(records[right], records[left]) == -expected;
                    Assert.True(agrees, $"records {left} and {right} of {path}");
                    pairs++;
                }
            }
        }

        Assert.True(pairs > 10_000, $"only {pairs} pairs");
    }

    // The sign of the order of two bucket records' keys.
    private static int Compare(byte[] left, byte[] right)
    {
        LedgerKeyLocation leftKey = KeyOf(left);
        LedgerKeyLocation rightKey = KeyOf(right);
        return Math.Sign(LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left.AsSpan(4)), rightKey.Type, rightKey.Body(right.AsSpan(4))));
    }

    private static LedgerKeyLocation KeyOf(byte[] record) =>
        record[3] == 1 ? LedgerKeyLocation.OfKey(record.AsSpan(4)) : LedgerKeyLocation.OfEntry(record.AsSpan(4));

    private static byte[] LiveRecord(ReadEntry entry) => [0, 0, 0, 0, .. entry.LedgerEntry];
}
