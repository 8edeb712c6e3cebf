using System.Buffers.Binary;
using System.Text.Unicode;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Tests.Projections.History;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged ledgers on their way to history rows. Half of them have their hashes made right again, for a wrong hash would end most
/// cases.</summary>
public sealed class HistoryFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Project_DamagedLedgers_BecomeRowsThatPostgresTakesOrAreRefused() => FuzzRun.RunAsync(new Target(), output, "rows");

    private sealed class Target : FuzzTarget
    {
        private static readonly byte[] Ledger = LedgerSamples.Ledger();
        private static readonly IReadOnlyList<TestTransaction> Samples = LedgerSamples.All();
        private readonly PagePool pages = new();

        public override string Name => "history";

        public override int Share => 10;

        public override byte[][] Make(FuzzRandom random)
        {
            if (random.OneIn(2)) return [XdrMutator.Mutate(Ledger, Ledger, random)];
            TestTransaction sample = random.Pick([.. Samples]);
            var ledger = new TestLedger { Protocol = random.OneIn(4) ? (uint)random.Below(31) : 23 };
            ledger.Transactions.Add(Damaged(sample, random));
            return [ledger.Encode()];
        }

        // A projection starts with tables for a thousand accounts and assets, and with pages of 256 KiB per table.
        public override long MaxAllocatedBytes(byte[][] input) => (8 * 1024 * 1024) + (64L * input[0].Length);

        public override string Run(byte[][] input, FuzzRandom random)
        {
            using var projection = new HistoryProjection(TestLedger.Network, pages);
            projection.Project(input[0], "a damaged ledger");
            var rows = new List<RowPage>();
            projection.Take(rows);
            foreach (RowPage page in rows)
            {
                CheckRows(page);
                page.Dispose();
            }

            return pages.Outstanding == 0 ? "rows" : throw new InvalidOperationException($"{pages.Outstanding} pages were not given back.");
        }

        private static TestTransaction Damaged(TestTransaction sample, FuzzRandom random)
        {
            int target = random.Below(5);
            return new TestTransaction
            {
                Source = sample.Source,
                SourceId = sample.SourceId,
                FeeSource = sample.FeeSource,
                IsSoroban = sample.IsSoroban,
                FeeCharged = sample.FeeCharged,
                Code = sample.Code,
                MetaVersion = random.OneIn(10) ? random.Below(5) : sample.MetaVersion,
                Sequence = sample.Sequence,
                Operations = target == 0 ? Damaged(sample.Operations, random) : sample.Operations,
                Results = target == 1 ? Damaged(sample.ResultsOrSuccess(), random) : sample.ResultsOrSuccess(),
                OperationChanges = target == 2 ? [.. sample.OperationChanges.Select(changes => Damaged(changes, random))] : sample
                    .OperationChanges,
                Events = target == 3 ? Damaged(sample.Events, random) : sample.Events,
                FeeChanges = target == 4 ? Damaged(sample.FeeChanges, random) : sample.FeeChanges,
                PostFeeChanges = sample.PostFeeChanges,
            };
        }

        private static byte[][] Damaged(byte[][] parts, FuzzRandom random)
        {
            if (parts.Length == 0) return parts;
            int place = random.Below(parts.Length);
            if (random.OneIn(8)) return [.. parts.Where((_, index) => index != place)];
            if (random.OneIn(8)) return [.. parts, parts[place]];
            return [.. parts.Select((part, index) => index == place ? XdrMutator.Mutate(part, parts[random.Below(parts.Length)], random)
                : part)];
        }

        private static void CheckRows(RowPage page)
        {
            ReadOnlySpan<byte> rest = page.Memory.Span;
            for (int row = 0; row < page.RowCount; row++)
            {
                Assert.Equal(page.Table.Columns.Count, BinaryPrimitives.ReadInt16BigEndian(rest));
                rest = rest[2..];
                foreach (string column in page.Table.Columns)
                {
                    int length = BinaryPrimitives.ReadInt32BigEndian(rest);
                    rest = rest[4..];
                    if (length < 0) continue;
                    CheckField(column, rest[..length]);
                    rest = rest[length..];
                }
            }

            Assert.Equal(0, rest.Length);
        }

        private static void CheckField(string column, ReadOnlySpan<byte> field)
        {
            bool isRight = HistoryTables.TypeOf(column) switch
            {
                "text" => field.Length > 0 && Utf8.IsValid(field) && !field.Contains((byte)0),
                "bytea" => column == "operation_xdr" || field.Length == (column == "hash" ? 32 : 33),
                "bigint" or "timestamp with time zone" => field.Length == 8,
                "integer" => field.Length == 4,
                "smallint" => field.Length == 2,
                "boolean" => field.Length == 1 && field[0] <= 1,
                "jsonb" => IsJson(field),
                _ => false,
            };
            if (!isRight) throw new InvalidOperationException($"PostgreSQL would not take {Convert.ToHexString(field)} as {column}.");
        }

        private static bool IsJson(ReadOnlySpan<byte> field)
        {
            if (field[0] != 1) return false;
            using var document = System.Text.Json.JsonDocument.Parse(field[1..].ToArray());
            return document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object && field.IndexOf("\\u0000"u8) < 0;
        }
    }
}
