using System.Buffers.Binary;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Ledgers that are cut off or damaged: rows, or one error that tells the place; never anything else.</summary>
public sealed class LedgerRobustnessTests
{
    private const int Mutations = 20_000;
    private const int MaxWholePrefixBytes = 40_000;

    [Fact]
    public void Project_SampleOfEveryOperation_GivesRowsForEach()
    {
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool());

        var rows = TestRows.Of(projection, LedgerSamples.Ledger());

        Assert.Equal(LedgerSamples.All().Count, rows.Transactions.Count);
        Assert.Equal(LedgerSamples.All().Sum(transaction => transaction.Operations.Length), rows.Operations.Count);
        Assert.Equal(27, rows.Operations.Select(row => row["operation_type"]).Distinct().Count());
        Assert.Equal(10 - 1, rows.Changes.Select(row => row["state_change_category"]).Distinct().Count());
    }

    [Fact]
    public void Project_EveryStrictPrefix_IsRefusedWithAPlace()
    {
        var pool = new PagePool();
        using var projection = new HistoryProjection(TestLedger.Network, pool);

        CheckPrefixes(projection, LedgerSamples.Ledger(), step: 1);

        Assert.Equal(0, pool.Outstanding);
    }

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Project_StrictPrefixesOfRecordedLedgers_AreRefusedWithAPlace(string name)
    {
        var set = GoldenSet.Open(name);
        using var projection = new HistoryProjection(set.Network(), new PagePool());
        byte[] ledger = set.Ledgers().First();

        // A long ledger is cut at some places only, for each cut is read up to its end.
        CheckPrefixes(projection, ledger, ledger.Length <= MaxWholePrefixBytes ? 1 : ledger.Length / 61);
    }

    [Fact]
    public void Project_MutatedLedgers_GiveRowsOrOneError()
    {
        var random = new Random(20_261_128);
        byte[] ledger = LedgerSamples.Ledger();
        var pool = new PagePool();
        using var projection = new HistoryProjection(TestLedger.Network, pool);
        int rejected = 0;
        for (int round = 0; round < Mutations; round++)
        {
            byte[] mutated = (byte[])ledger.Clone();
            Mutate(mutated, random);
            if (!IsProjected(projection, mutated)) rejected++;
        }

        projection.Dispose();
        Assert.InRange(rejected, Mutations / 10, Mutations - 1);
        Assert.Equal(0, pool.Outstanding);
    }

    // Damage inside what is hashed, with hashes made right again: it reaches the derivers.
    [Fact]
    public void Project_MutatedPartsWithRightHashes_GiveRowsOrOneError()
    {
        var random = new Random(20_261_129);
        IReadOnlyList<TestTransaction> samples = LedgerSamples.All();
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool());
        int projected = 0;
        for (int round = 0; round < Mutations; round++)
        {
            TestTransaction sample = samples[random.Next(samples.Count)];
            var ledger = new TestLedger { Protocol = random.Next(4) == 0 ? (uint)random.Next(31) : 23 };
            ledger.Transactions.Add(Mutated(sample, random));
            if (IsProjected(projection, ledger.Encode())) projected++;
        }

        Assert.InRange(projected, Mutations / 10, Mutations - 1);
    }

    private static void CheckPrefixes(HistoryProjection projection, byte[] ledger, int step)
    {
        for (int length = 0; length < ledger.Length; length += step)
        {
            LedgerRejectedException error =
                Assert.Throws<LedgerRejectedException>(() => projection.Project(ledger.AsSpan(0, length), "a prefix"));
            Assert.Contains("byte", error.Message, StringComparison.Ordinal);
            Assert.Contains("(a prefix)", error.Message, StringComparison.Ordinal);
        }
    }

    private static bool IsProjected(HistoryProjection projection, byte[] ledger)
    {
        var pages = new List<RowPage>();
        try
        {
            projection.Project(ledger);
            projection.Take(pages);
        }
        catch (LedgerRejectedException error)
        {
            Assert.True(error.Kind == FailureKind.NetworkAhead || error.Message.Contains("byte", StringComparison.Ordinal), error.Message);
            return false;
        }

        foreach (RowPage page in pages)
        {
            Assert.Equal(page.RowCount, new HistoryRowText(page.Table).Read(page.Memory.Span).Count);
            page.Dispose();
        }

        return true;
    }

    private static TestTransaction Mutated(TestTransaction sample, Random random)
    {
        int target = random.Next(5);
        return new TestTransaction
        {
            Source = sample.Source,
            SourceId = sample.SourceId,
            FeeSource = sample.FeeSource,
            IsSoroban = sample.IsSoroban != (random.Next(40) == 0),
            FeeCharged = sample.FeeCharged,
            Code = sample.Code,
            MetaVersion = random.Next(10) == 0 ? random.Next(5) : sample.MetaVersion,
            Sequence = sample.Sequence,
            Operations = target == 0 ? Mutate(sample.Operations, random) : sample.Operations,
            Results = target == 1 ? Mutate(sample.ResultsOrSuccess(), random) : sample.ResultsOrSuccess(),
            OperationChanges = target == 2 ? [.. sample.OperationChanges.Select(changes => Mutate(changes, random))] : sample
                .OperationChanges,
            Events = target == 3 ? Mutate(sample.Events, random) : sample.Events,
            FeeChanges = target == 4 ? Mutate(sample.FeeChanges, random) : sample.FeeChanges,
            ChangesAfter = sample.ChangesAfter,
            PostFeeChanges = sample.PostFeeChanges,
        };
    }

    private static byte[][] Mutate(byte[][] parts, Random random)
    {
        byte[][] result = [.. parts.Select(part => (byte[])part.Clone())];
        if (result.Length == 0) return result;
        if (random.Next(6) == 0) return [.. result.Where((_, index) => index != random.Next(result.Length))];
        if (random.Next(6) == 0) return [.. result, result[random.Next(result.Length)]];
        byte[] target = result[random.Next(result.Length)];
        if (target.Length >= 12) Mutate(target, random);
        return result;
    }

    // Words of four bytes steer a decoder: counts, flags, discriminants.
    private static void Mutate(byte[] bytes, Random random)
    {
        int times = 1 + random.Next(3);
        for (int time = 0; time < times; time++)
        {
            Span<byte> word = bytes.AsSpan(4 * random.Next(bytes.Length / 4), 4);
            switch (random.Next(4))
            {
                case 0:
                    word[random.Next(4)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    BinaryPrimitives.WriteUInt32BigEndian(word, (uint)random.Next(30));
                    break;
                case 2:
                    BinaryPrimitives.WriteInt32BigEndian(word, BinaryPrimitives.ReadInt32BigEndian(word) + random.Next(-2, 3));
                    break;
                default:
                    BinaryPrimitives.WriteUInt32BigEndian(word, (uint)random.NextInt64());
                    break;
            }
        }
    }
}
