using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using StellarPipeline.Fuzz.Tests.Walks;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged ledger entries: every view of every type, values, config settings and contract code among them.</summary>
public sealed class EntryViewFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Parse_DamagedEntries_AreReadWholeOrRefused() => FuzzRun.RunAsync(new Target(), output, "entry and key", "key only", "XDR");

    private sealed class Target : FuzzTarget
    {
        public override string Name => "entry-views";

        public override int Share => 30;

        public override bool RefusesAsXdr => true;

        public override byte[][] Make(FuzzRandom random)
        {
            byte[][][] entries = FuzzCorpus.Shared.EntriesByType;
            return [XdrMutator.Mutate(random.Pick(random.Pick(entries)), random.Pick(random.Pick(entries)), random)];
        }

        // Nothing where it is read, but for the text of signers; where it is refused, two exceptions, each with a trace of up to 200 calls.
        public override long MaxAllocatedBytes(byte[][] input) => 256 * 1024;

        public override string Run(byte[][] input, FuzzRandom random)
        {
            byte[] bytes = input[0];
            if (!TryParse(bytes, out ulong sum))
            {
                var located = LedgerKeyLocation.OfEntry(bytes);
                Assert.InRange(located.Offset + located.Length, 0, bytes.Length);
                return "key only";
            }

            // An entry that is right has a key that is right, and the same one.
            var location = LedgerKeyLocation.OfEntry(bytes);
            byte[] key = [0, 0, 0, (byte)location.Type, .. location.Body(bytes)];
            var view = LedgerKeyView.Parse(key);
            Assert.Equal(location.Type, view.Type);
            Assert.Equal(0, LedgerKeyOrder.Compare(location.Type, location.Body(bytes), view.Type, view.Body));
            Assert.NotEqual(0UL, EntryWalk.Visit(view) | sum | 1);
            return "entry and key";
        }

        private static bool TryParse(byte[] bytes, out ulong sum)
        {
            try
            {
                sum = EntryWalk.Visit(LedgerEntryView.Parse(bytes));
                return true;
            }
            catch (XdrFormatException error)
            {
                Assert.InRange(error.ByteOffset, 0, bytes.Length);
                sum = 0;
                return false;
            }
        }
    }
}
