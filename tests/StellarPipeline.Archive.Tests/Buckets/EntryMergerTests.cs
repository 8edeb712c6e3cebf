using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Buckets;

public sealed class EntryMergerTests
{
    [Fact]
    public async Task Read_KeyInSeveralBuckets_NewestWins()
    {
        using var archive = TestArchive.OfBuckets(
            [Account(2, 20).Live()],
            [Account(1, 11).Live(), Account(2, 21).Live()],
            [Account(1, 12).Live(), Account(2, 22).Live(), Account(3, 32).Live()],
            null,
            [Account(1, 13).Init(), Account(2, 23).Init(), Account(3, 33).Init(), Account(4, 43).Init()]);

        (List<ReadEntry> entries, CheckpointEntrySource source) = await ReadAsync(archive);

        Assert.Equal([Text(1, 11), Text(2, 20), Text(3, 32), Text(4, 43)], entries.Select(entry => entry.Text));
        Assert.Equal([1, 0, 2, 3], entries.Select(entry => entry.BucketIndex));
        Assert.Equal([0L, 1, 2, 3], source.Counters.Select(counters => counters.Shadowed));
        Assert.Equal([1L, 1, 1, 1], source.Counters.Select(counters => counters.LiveEntries));
        Assert.Equal(
            ["live level 0 curr", "live level 0 snap", "live level 1 curr", "live level 2 curr"],
            source.Buckets.Select(bucket => bucket.Position.ToString()));
    }

    [Fact]
    public async Task Read_DeadRecord_RemovesTheKeyAndIsNoEntry()
    {
        using var archive = TestArchive.OfBuckets(
            [Account(1, 0).Dead(), Account(3, 0).Dead(), Account(4, 40).Init(), Account(5, 0).Dead()],
            [Account(1, 11).Live(), Account(2, 0).Dead(), Account(4, 0).Dead()],
            [Account(1, 12).Init(), Account(2, 22).Live(), Account(3, 32).Init(), Account(4, 42).Init()]);

        (List<ReadEntry> entries, CheckpointEntrySource source) = await ReadAsync(archive);

        Assert.Equal([Text(4, 40)], entries.Select(entry => entry.Text));
        Assert.Equal([3L, 1, 0], source.Counters.Select(counters => counters.Tombstones));
        Assert.Equal([0L, 2, 4], source.Counters.Select(counters => counters.Shadowed));
        Assert.Equal([3L, 2, 0], source.Counters.Select(counters => counters.DeadRecords));
        Assert.Equal([1L, 0, 3], source.Counters.Select(counters => counters.InitRecords));
        Assert.Equal([0L, 1, 1], source.Counters.Select(counters => counters.LiveRecords));
        Assert.All(source.Counters, counters => Assert.Equal(1, counters.MetadataRecords));
        Assert.Equal(5, source.Counters[0].Records);
        BucketFile[] files = archive.Written.Buckets.Select(bucket => bucket.File).Where(file => !file.IsEmpty).ToArray();
        Assert.Equal(files.Select(file => file.RawBytes), source.Counters.Select(counters => counters.ContentBytes));
        Assert.Equal(files.Select(file => file.CompressedBytes), source.Counters.Select(counters => counters.StoredBytes));
    }

    [Fact]
    public async Task Read_NoBuckets_GivesNothing()
    {
        using var archive = TestArchive.OfBuckets();

        (List<ReadEntry> entries, CheckpointEntrySource source) = await ReadAsync(archive);

        Assert.Empty(entries);
        Assert.Empty(source.Buckets);
    }

    [Fact]
    public async Task Read_BucketsWithoutEntries_AreLegalAndMayBeTheSame()
    {
        using var archive = TestArchive.OfBuckets([], [], [Account(1, 1).Init()], [], []);

        (List<ReadEntry> entries, CheckpointEntrySource source) = await ReadAsync(archive);

        Assert.Equal([Text(1, 1)], entries.Select(entry => entry.Text));
        Assert.Equal(2, source.Buckets.Count);
    }

    [Fact]
    public async Task Read_BucketListedTwice_CountsAtItsNewerPlace()
    {
        BucketRecord[] twice = [Account(1, 1).Live(), Account(3, 0).Dead()];
        using var archive =
            TestArchive.OfBuckets(twice, [Account(1, 2).Live(), Account(2, 2).Live()], twice, [Account(3, 4).Init()]);

        (List<ReadEntry> entries, CheckpointEntrySource source) = await ReadAsync(archive);

        Assert.Equal([Text(1, 1), Text(2, 2)], entries.Select(entry => entry.Text));
        Assert.Equal([0, 1, 3], source.Buckets.Select(bucket => bucket.Position.AgeIndex));
    }

    [Fact]
    public async Task DescribeLocation_OfAnEntry_PointsAtItsRecord()
    {
        using var archive = TestArchive.OfBuckets(null, [Account(1, 1).Live(), Account(2, 2).Live()]);

        (List<ReadEntry> entries, CheckpointEntrySource source) = await ReadAsync(archive);

        string hash = archive.Written.Bucket(0, isSnap: true).File.Hash;
        Assert.Equal(20 + 100, entries[1].RecordOffset);
        Assert.Equal(
            $"byte 120 of bucket-{hash}.xdr.gz (uncompressed offset; live level 0 snap), checkpoint 63",
            source.DescribeLocation(entries[1].BucketIndex, entries[1].RecordOffset));
        byte[] content = GzipFiles.Read(archive.Written.PathOf(archive.Written.Bucket(0, isSnap: true)));
        Assert.Equal(entries[1].LedgerEntry, content[128..]);
    }

    public static TheoryData<string, RecordArm[], uint, bool> Lifecycles => new()
    {
        { "created over updated", [RecordArm.Init, RecordArm.Live], 25, false },
        { "created over created", [RecordArm.Init, RecordArm.Init], 25, false },
        { "created over dead", [RecordArm.Init, RecordArm.Dead, RecordArm.Live], 25, true },
        { "created, older than an update, over created", [RecordArm.Live, RecordArm.Init, RecordArm.Init], 25, false },
        { "created, older than a removal, over updated", [RecordArm.Dead, RecordArm.Init, RecordArm.Live], 25, false },
        { "updated over created", [RecordArm.Live, RecordArm.Init], 25, true },
        { "updated over dead", [RecordArm.Live, RecordArm.Dead, RecordArm.Init], 25, true },
        { "created over updated, protocol 12", [RecordArm.Init, RecordArm.Live], 12, false },
        { "created over updated, protocol 11 with its shadows", [RecordArm.Init, RecordArm.Live], 11, true },
    };

    [Theory]
    [MemberData(nameof(Lifecycles), DisableDiscoveryEnumeration = true)]
    public async Task Read_RecordsOfOneKey_FollowCap20(string name, RecordArm[] newestFirst, uint protocol, bool legal)
    {
        Assert.NotNull(name);
        ArgumentNullException.ThrowIfNull(newestFirst);
        IEnumerable<BucketRecord>[] buckets = newestFirst.Select((arm, age) => (IEnumerable<BucketRecord>)[Record(arm, age)]).ToArray();
        using var archive = TestArchive.OfBuckets(new ArchiveSettings { Protocol = protocol }, true, buckets);

        if (legal)
        {
            (List<ReadEntry> entries, _) = await ReadAsync(archive);
            Assert.Equal(newestFirst[0] == RecordArm.Dead ? 0 : 1, entries.Count);
            return;
        }

        ArchiveException error = await EntryReading.FailAsync(archive);
        Assert.Equal(ArchiveErrorCode.Lifecycle, error.Code);
        int older = newestFirst.Length - 1;
        Assert.Equal($"bucket-{archive.Written.Bucket(older / 2, older % 2 == 1).File.Hash}.xdr.gz", error.File);
        Assert.Contains(archive.Written.Bucket((older - 1) / 2, (older - 1) % 2 == 1).File.Hash, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_CreatedInAProtocolWithShadows_IsNotHeldToCap20()
    {
        using var archive = TestArchive.OfBuckets(
            null, addMetadata: false, [BucketRecord.MetaOf(25), Account(1, 1).Init()], [BucketRecord.Meta(11), Account(1, 2).Live()]);

        (List<ReadEntry> entries, _) = await ReadAsync(archive);

        Assert.Equal([Text(1, 1)], entries.Select(entry => entry.Text));
    }

    public static TheoryData<string, byte[], string> OverriddenRecords => new()
    {
        { "bytes behind the entry", [.. Account(1, 1).Entry(), 0, 0, 0, 0], ArchiveErrorCode.RecordTrailing },
        { "cut entry", Account(1, 1).Entry()[..^4], ArchiveErrorCode.XdrFormat },
        { "unknown extension", [.. Account(1, 1).Entry()[..^1], 2], ArchiveErrorCode.XdrFormat },
    };

    [Theory]
    [MemberData(nameof(OverriddenRecords), DisableDiscoveryEnumeration = true)]
    public async Task Read_OverriddenRecordThatIsMalformed_IsRefusedWithItsPlace(string name, byte[] entry, string code)
    {
        Assert.NotNull(name);
        using var archive = TestArchive.OfBuckets([Account(1, 5).Live()], [Account(0, 1).Live(), BucketRecord.Live(entry)]);

        ArchiveException error = await EntryReading.FailAsync(archive);

        Assert.Equal(code, error.Code);
        Assert.Equal($"bucket-{archive.Written.Bucket(0, isSnap: true).File.Hash}.xdr.gz", error.File);
        Assert.Equal(3, error.Record);
        Assert.Equal(120, error.ByteOffset);
        Assert.Contains("Record 3 at byte 120 of bucket-", error.Message, StringComparison.Ordinal);
    }

    private static AccountBuilder Account(byte id, long balance) =>
        new() { AccountId = Enumerable.Repeat(id, 32).ToArray(), Balance = balance };

    private static string Text(byte id, long balance) => Convert.ToHexString(Account(id, balance).Entry());

    private static BucketRecord Record(RecordArm arm, int age) => arm switch
    {
        RecordArm.Init => Account(1, age).Init(),
        RecordArm.Dead => Account(1, age).Dead(),
        _ => Account(1, age).Live(),
    };

    private static async Task<(List<ReadEntry> Entries, CheckpointEntrySource Source)> ReadAsync(TestArchive archive)
    {
        var pool = new CountingPool();
        var source = CheckpointEntrySource.Create(archive.Open(), await archive.ProveAsync(), null, pool);
        List<ReadEntry> entries = await EntryReading.ReadAllAsync(source);
        Assert.Equal(0, pool.Outstanding);
        return (entries, source);
    }
}
