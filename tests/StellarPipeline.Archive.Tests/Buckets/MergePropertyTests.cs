using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Buckets;

/// <summary>Random bucket lists, merged in windows of every size and compared with a dictionary over whole buckets.</summary>
public sealed class MergePropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 24)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Read_RandomBucketsInWindowsOfAnySize_GivesWhatADictionaryGives(int seed)
    {
        var random = new Random(seed);
        using TestArchive archive = RandomArchive(random);
        var expected = NaiveState.Read(archive.Folder, archive.Checkpoint);
        Dictionary<string, string> live = expected.Live;
        List<string>? first = null;
        for (int run = 0; run < 5; run++)
        {
            var options = new ArchiveReadOptions
            {
                WindowBytes = run == 0 ? 64 : random.Next(64, 4_097),
                WindowsPerBucket = random.Next(1, 4),
                ChunkBytes = run == 1 ? 64 : random.Next(64, 10_000),
            };
            var pool = new CountingPool();
            var source = CheckpointEntrySource.Create(archive.Open(), await archive.ProveAsync(), options, pool);

            List<ReadEntry> entries = await EntryReading.ReadAllAsync(source);

            string about = $"seed {seed}, run {run}, {options}";
            Assert.True(live.Count == entries.Count, $"{about}: {entries.Count} entries and not {live.Count}");
            Assert.All(entries, entry =>
                Assert.True(live.TryGetValue(NaiveState.KeyOf(entry.LedgerEntry), out string? value) && value == entry.Text, about));
            Assert.True(expected.Shadowed == source.Counters.Sum(counters => counters.Shadowed), about);
            Assert.True(expected.Tombstones == source.Counters.Sum(counters => counters.Tombstones), about);
            Assert.True(pool.Outstanding == 0, about);
            first ??= [.. entries.Select(entry => $"{entry.Text} {entry.BucketIndex} {entry.RecordOffset}")];
            Assert.True(first.SequenceEqual(entries.Select(entry => $"{entry.Text} {entry.BucketIndex} {entry.RecordOffset}")), about);
            foreach (ReadEntry entry in entries.Where((_, index) => index % 17 == 0))
                Assert.True(Origin(archive, source, entry).AsSpan().SequenceEqual(entry.LedgerEntry), about);
        }
    }

    private static TestArchive RandomArchive(Random random)
    {
        // Even seeds: histories that CAP-20 allows. Odd ones: anything at all, in buckets of protocol 11, where it is not enforced.
        bool lawful = random.Next(2) == 0;
        var buckets = new IEnumerable<BucketRecord>?[22];
        var alive = new HashSet<string>();
        for (int age = 21; age >= 0; age--)
        {
            if (random.Next(4) == 0)
                continue;
            var entries = new SortedDictionary<byte[], EntryBuilder>(Comparer<byte[]>.Create(RandomEntries.CompareKeys));
            int count = random.Next(age == 20 ? 600 : 80);
            for (int i = 0; i < count; i++)
            {
                EntryBuilder entry = RandomEntries.Next(random);
                entries.TryAdd(entry.Key(), entry);
            }

            BucketRecord metadata = lawful ? BucketRecord.MetaOf(25) : BucketRecord.Meta(11);
            buckets[age] = [metadata, .. entries.Select(pair => Record(random, pair.Key, pair.Value, lawful, alive))];
        }

        return TestArchive.OfBuckets(null, addMetadata: false, buckets);
    }

    private static BucketRecord Record(Random random, byte[] key, EntryBuilder entry, bool lawful, HashSet<string> alive)
    {
        if (!lawful)
            return random.Next(3) switch { 0 => entry.Live(), 1 => entry.Init(), _ => entry.Dead() };
        string name = Convert.ToHexString(key);
        if (random.Next(3) == 0)
        {
            alive.Remove(name);
            return entry.Dead();
        }

        return alive.Add(name) ? entry.Init() : entry.Live();
    }

    // The record that an entry says it came from, read from the bucket's file.
    private static byte[] Origin(TestArchive archive, CheckpointEntrySource source, ReadEntry entry)
    {
        byte[] content = GzipFiles.Read(archive.PathOf(ArchivePath.Bucket(source.Buckets[entry.BucketIndex].Hash)));
        int start = (int)entry.RecordOffset;
        return content.AsSpan(start + 8, RecordMark.LengthOf(content.AsSpan(start)) - 4).ToArray();
    }
}
