using System.Buffers.Binary;
using System.Text.Unicode;
using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged entries on their way to rows: well-formed XDR may still hold what no table can.</summary>
public sealed class ProjectionFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Encode_DamagedEntries_BecomeRowsThatPostgresTakesOrAreRefused() =>
        FuzzRun.RunAsync(new Target(), output, "rows", "rejected", "XDR");

    private sealed class Target : FuzzTarget
    {
        private const int Entries = 3;

        private static readonly StellarNetwork Network = StellarNetwork.Parse("Standalone Network ; February 2017");
        private readonly PagePool pages = new();

        public override string Name => "projection";

        public override int Share => 5;

        public override byte[][] Make(FuzzRandom random)
        {
            byte[][][] entries = FuzzCorpus.Shared.EntriesByType;
            byte[][] made = new byte[Entries][];
            for (int index = 0; index < Entries; index++)
            {
                byte[][] ofType = entries[random.Pick([0, 1, 1, 5, 6, 6, 6, 7])];
                made[index] = XdrMutator.Mutate(random.Pick(ofType), random.Pick(ofType), random);
            }

            return made;
        }

        // A projection starts with tables for thousands of assets, and pages of 64 KiB are made when they are first used.
        public override long MaxAllocatedBytes(byte[][] input) => 2 * 1024 * 1024;

        public override string Run(byte[][] input, FuzzRandom random)
        {
            using var projection = new WalletProjection(61_999_999, Network, pages);
            using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
            var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
            string outcome = "XDR";
            foreach (byte[] entry in input)
                outcome = Encode(encoder, entry, outcome);
            encoder.Flush(chunk);
            var rows = new List<RowPage>(chunk.Pages);
            if (chunk.Facts is { } facts) projection.Collect(facts);
            projection.LateRows(LateRowsMoment.End, null, rows);
            foreach (RowPage page in rows)
            {
                CheckRows(page);
                page.Dispose();
            }

            return pages.Outstanding == 0
                ? outcome
                : throw new InvalidOperationException($"{pages.Outstanding} pages were not given back.");
        }

        // The encoder goes on behind an entry that it refused, as it does in the product while the first fault is on its way.
        private static string Encode(IRowEncoder<LedgerEntryView> encoder, byte[] entry, string outcome)
        {
            try
            {
                encoder.Encode(LedgerEntryView.Parse(entry));
                return outcome == "XDR" ? "rows" : outcome;
            }
            catch (XdrFormatException)
            {
                return outcome;
            }
            catch (EntryRejectedException)
            {
                return "rejected";
            }
        }

        private static void CheckRows(RowPage page)
        {
            ReadOnlySpan<byte> rest = page.Memory.Span;
            IReadOnlyList<string> types = WalletTables.Expect(page.Table).Types;
            for (int row = 0; row < page.RowCount; row++)
            {
                Assert.Equal(types.Count, BinaryPrimitives.ReadInt16BigEndian(rest));
                rest = rest[2..];
                foreach (string type in types)
                {
                    int length = BinaryPrimitives.ReadInt32BigEndian(rest);
                    rest = rest[4..];
                    if (length < 0)
                        continue;
                    CheckField(type, rest[..length], page.Table);
                    rest = rest[length..];
                }
            }

            Assert.Equal(0, rest.Length);
        }

        private static void CheckField(string type, ReadOnlySpan<byte> field, CopyTable table)
        {
            bool isRight = type switch
            {
                "text" => Utf8.IsValid(field) && !field.Contains((byte)0),
                "uuid" => field.Length == 16,
                "bigint" => field.Length == 8,
                "integer" => field.Length == 4,
                "boolean" => field.Length == 1 && field[0] <= 1,
                "numeric" => field.Length >= 8,
                _ => true,
            };
            if (!isRight)
                throw new InvalidOperationException($"PostgreSQL would not take {Convert.ToHexString(field)} as {type} in {table}.");
        }
    }
}
