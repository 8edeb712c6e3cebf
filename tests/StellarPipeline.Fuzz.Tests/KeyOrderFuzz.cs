using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using StellarPipeline.Fuzz.Tests.Walks;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>
/// Keys that differ a little: the comparator is a total order, never throws on a checked key, and agrees with a slow one of another design.
/// </summary>
public sealed class KeyOrderFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Compare_CheckedKeys_IsTheTotalOrderOfTheReference() =>
        FuzzRun.RunAsync(new Target(), output, "ordered", "two are equal", "XDR");

    private sealed class Target : FuzzTarget
    {
        public override string Name => "key-order";

        public override int Share => 25;

        public override bool RefusesAsXdr => true;

        public override byte[][] Make(FuzzRandom random)
        {
            byte[][][] keys = FuzzCorpus.Shared.KeysByType;
            // Contract data has nearly all of the rules.
            byte[][] ofType = random.OneIn(2) ? keys[(int)LedgerEntryType.ContractData] : random.Pick(keys);
            byte[] first = random.Pick(ofType);
            return [Near(first, ofType, random), Near(first, ofType, random),
                Near(random.OneIn(2) ? first : random.Pick(ofType), ofType, random)];
        }

        public override long MaxAllocatedBytes(byte[][] input) => (256 * 1024) + (64L * input.Sum(key => key.Length));

        public override string Run(byte[][] input, FuzzRandom random)
        {
            foreach (byte[] key in input)
                Assert.NotEqual(0UL, EntryWalk.Visit(LedgerKeyView.Parse(key)) | 1);
            int ab = Compare(input[0], input[1]), bc = Compare(input[1], input[2]), ac = Compare(input[0], input[2]);
            if ((ab <= 0 && bc <= 0 && ac > 0) || (ab >= 0 && bc >= 0 && ac < 0))
                throw new InvalidOperationException($"The order is not transitive: {ab}, {bc}, {ac}.");
            return ab == 0 || bc == 0 || ac == 0 ? "two are equal" : "ordered";
        }

        // Keys that are refused are not compared, so most of them are tried again.
        private static byte[] Near(byte[] key, byte[][] others, FuzzRandom random)
        {
            byte[] near = Mutated(key, others, random);
            for (int attempt = 0; attempt < 3 && !IsKey(near) && !random.OneIn(10); attempt++)
                near = LastWordsChanged(key, random);
            return near;
        }

        private static bool IsKey(byte[] key)
        {
            try
            {
                return LedgerKeyLocation.OfKey(key).Length > 0;
            }
            catch (XdrFormatException)
            {
                return false;
            }
        }

        private static byte[] Mutated(byte[] key, byte[][] others, FuzzRandom random) => random.Below(8) switch
        {
            0 => random.Pick(others),
            1 or 2 => XdrMutator.Mutate(key, random.Pick(others), random),
            _ => LastWordsChanged(key, random),
        };

        // The first words mostly decide; what lies behind them is compared only between keys that begin alike.
        private static byte[] LastWordsChanged(byte[] key, FuzzRandom random)
        {
            int tail = Math.Min(key.Length - 4, (1 + random.Below(16)) * 4);
            return [.. key.AsSpan(0, key.Length - tail), .. XdrMutator.WithWord(key[^tail..], random)];
        }

        private static int Compare(byte[] left, byte[] right)
        {
            LedgerKeyLocation leftKey = LedgerKeyLocation.OfKey(left), rightKey = LedgerKeyLocation.OfKey(right);
            int order;
            int reverse;
            try
            {
                order = Math.Sign(LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left), rightKey.Type, rightKey.Body(right)));
                reverse = Math.Sign(LedgerKeyOrder.Compare(rightKey.Type, rightKey.Body(right), leftKey.Type, leftKey.Body(left)));
            }
            catch (XdrFormatException error)
            {
                throw new InvalidOperationException("The comparator refused a key that was checked.", error);
            }

            int expected = Math.Sign(ReferenceSortKey.Of(left).AsSpan().SequenceCompareTo(ReferenceSortKey.Of(right)));
            if (order != -reverse)
                throw new InvalidOperationException($"The order is {order} one way and {reverse} the other.");
            return order == expected ? order : throw new InvalidOperationException($"The order is {order}; the reference says {expected}.");
        }
    }
}
