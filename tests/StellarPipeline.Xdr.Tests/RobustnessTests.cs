using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests;

/// <summary>Damaged bytes: always XdrFormatException, never another exception, never an endless loop.</summary>
public class RobustnessTests
{
    [Fact]
    public void Parse_EveryPrefixOfMadeEntries_IsRefused() => AssertEveryPrefixIsRefused(ReferenceEntry.Made());

    [SkippableFact]
    public void Parse_EveryPrefixOfRecordedEntries_IsRefused()
    {
        // Some of each type, spread over the file; code entries are long, and each prefix is one exception.
        ReferenceEntry[] sample = ReferenceEntry.Recorded().Where(entry => entry.Entry.Length <= 2_000)
            .GroupBy(entry => LedgerKeyLocation.OfKey(entry.Key).Type).SelectMany(Spread).ToArray();
        Assert.True(sample.Length >= 300, $"only {sample.Length} entries");
        Assert.Equal(10, sample.Select(entry => LedgerKeyLocation.OfKey(entry.Key).Type).Distinct().Count());
        AssertEveryPrefixIsRefused(sample);
    }

    [Fact]
    public void Parse_MutationsOfMadeEntries_ThrowOnlyXdrFormatException() =>
        AssertMutationsAreHarmless(ReferenceEntry.Made(), rounds: 600, seed: 61);

    [SkippableFact]
    public void Parse_MutationsOfRecordedEntries_ThrowOnlyXdrFormatException() =>
        AssertMutationsAreHarmless(ReferenceEntry.Recorded().Where(entry => entry.Entry.Length <= 2_000).ToArray(), rounds: 6, seed: 67);

    [Fact]
    public void Parse_RandomBytes_ThrowsOnlyXdrFormatException()
    {
        const int seed = 71;
        var random = new Random(seed);
        for (int round = 0; round < 30_000; round++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            for (int offset = 0; offset + 4 <= bytes.Length; offset += 4)
            {
                // Small numbers, so that discriminants, flags, counts and lengths are often possible ones.
                if (random.Next(3) != 0)
                    new XdrBuilder().Int32(random.Next(12)).ToArray().CopyTo(bytes, offset);
            }

            TryEverything(bytes, $"seed {seed}, round {round}");
        }
    }

    private static IEnumerable<ReferenceEntry> Spread(IEnumerable<ReferenceEntry> entries)
    {
        ReferenceEntry[] all = entries.ToArray();
        int step = Math.Max(1, all.Length / 36);
        return all.Where((_, index) => index % step == 0).Take(36);
    }

    private static void AssertEveryPrefixIsRefused(IReadOnlyList<ReferenceEntry> entries)
    {
        foreach (ReferenceEntry entry in entries)
        {
            for (int length = 0; length < entry.Entry.Length; length++)
            {
                XdrFormatException? error = Refusal(entry.Entry.AsSpan(0, length));
                Assert.True(error is not null, $"{entry.Name}: prefix of {length} bytes was accepted");
                Assert.InRange(error.ByteOffset, 0, length);
            }
        }
    }

    private static XdrFormatException? Refusal(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _ = LedgerEntryView.Parse(bytes).Type;
            return null;
        }
        catch (XdrFormatException error)
        {
            return error;
        }
    }

    private static void AssertMutationsAreHarmless(IReadOnlyList<ReferenceEntry> entries, int rounds, int seed)
    {
        var random = new Random(seed);
        foreach (ReferenceEntry entry in entries)
        {
            for (int round = 0; round < rounds; round++)
            {
                byte[] bytes = (byte[])entry.Entry.Clone();
                int offset = random.Next(bytes.Length);
                bytes[offset] = random.Next(2) == 0 ? (byte)random.Next(24) : (byte)random.Next(256);
                TryEverything(bytes, $"seed {seed}, {entry.Name}, byte {offset} set to {bytes[offset]}");
            }
        }
    }

    // Reads every field if the bytes are an entry; finds and compares its key in any case.
    private static void TryEverything(byte[] bytes, string name)
    {
        try
        {
            var entry = LedgerEntryView.Parse(bytes);
            Assert.NotNull(ReferenceEntryJson.Entry(entry));
            var location = LedgerKeyLocation.OfEntry(bytes);
            byte[] key = [0, 0, 0, (byte)location.Type, .. location.Body(bytes)];
            Assert.Equal(entry.Type, LedgerKeyView.Parse(key).Type);
            Assert.Equal(0, LedgerKeyOrder.Compare(location.Type, location.Body(bytes), location.Type, key.AsSpan(4)));
        }
        catch (XdrFormatException error)
        {
            Assert.InRange(error.ByteOffset, 0, bytes.Length);
        }
        catch (Exception error) when (error is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{name}: {error}");
        }

        try
        {
            var location = LedgerKeyLocation.OfEntry(bytes);
            Assert.True(location.Offset + location.Length <= bytes.Length, name);
        }
        catch (XdrFormatException error)
        {
            Assert.InRange(error.ByteOffset, 0, bytes.Length);
        }
    }
}
