using Pipeline.TestSupport;
using Pipeline.Xdr;

namespace Pipeline.Archive.Tests;

/// <summary>The recorded archives: proved, merged, and compared with an independent reading of the same files.</summary>
public sealed class SampleArchiveTests
{
    public static TheoryData<string, uint> Archives => new() { { "archives/pubnet-p22", 63_092_991 }, { "archives/testnet-p25", 61_999_999 } };

    [SkippableTheory]
    [MemberData(nameof(Archives))]
    public async Task LatestCheckpoint_OfSample_IsTheRecordedOne(string name, uint checkpoint)
    {
        HistoryArchive archive = HistoryArchive.Open(SampleData.Require(name));

        Assert.Equal(checkpoint, await archive.LatestCheckpointAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(Archives))]
    public async Task Read_OfSample_GivesWhatANaiveReadingGives(string name, uint checkpoint)
    {
        string folder = SampleData.Require(name);
        HistoryArchive archive = HistoryArchive.Open(folder);
        var source = CheckpointEntrySource.Create(archive, await archive.OpenCheckpointAsync(checkpoint));

        List<ReadEntry> entries = await EntryReading.ReadAllAsync(source);

        NaiveState expected = NaiveState.Read(folder, checkpoint);
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
        {
            LedgerKeyLocation before = LedgerKeyLocation.OfEntry(entries[i - 1].LedgerEntry);
            LedgerKeyLocation after = LedgerKeyLocation.OfEntry(entries[i].LedgerEntry);
            Assert.True(LedgerKeyOrder.Compare(before.Type, before.Body(entries[i - 1].LedgerEntry), after.Type, after.Body(entries[i].LedgerEntry)) < 0, $"entry {i}");
        }
    }
}
