using System.Buffers.Binary;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;
using StellarPipeline.HistoryModel.Rules;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>
/// A ledger with a word behind its header changed gives an error, or the rows that the model gives of the changed bytes; never other rows,
/// never another exception.
/// </summary>
public sealed class MutatedLedgerTests
{
    private const int SeedsPerCase = 50;
    private const int MutationsPerLedger = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Project_ChangedWords_ErrorOrRowsOfTheModel(int part)
    {
        PagePool pool = new();
        int accepted = 0, rejected = 0;
        for (int seed = part * SeedsPerCase; seed < (part + 1) * SeedsPerCase; seed++)
        {
            LedgerGeneratorOptions options = GeneratedLedgers.Options(seed) with { Transactions = 4, UpgradeAfter = 0 };
            var network = StellarNetwork.Parse(options.Passphrase);
            byte[] ledger = new LedgerGenerator(options).Next().CloseMeta.ToArray();
            Header original = CloseMeta.Decode(ledger).Header.Header;
            int header = ledger.AsSpan().IndexOf(original.Xdr) + original.Xdr.Length;
            Random random = new(seed);
            for (int mutation = 0; mutation < MutationsPerLedger; mutation++)
            {
                byte[] changed = Mutated(ledger, header, random, out string what);
                using HistoryProjection projection = new(network, pool);
                Dictionary<string, List<string>> actual;
                try
                {
                    actual = ProjectedRows.Of(projection, changed);
                }
                catch (LedgerRejectedException error)
                {
                    Assert.NotEmpty(error.Message);
                    rejected++;
                    continue;
                }

                accepted++;
                HistoryRows? expected = null;
                Exception? problem = Record.Exception(() => expected = LedgerModel.Rows(CloseMeta.Decode(changed), options.Passphrase,
                    lenient: true));
                Assert.True(expected is not null,
                    $"seed {seed}, {what}: the projection accepts what the model refuses: {problem?.Message}");
                ProjectedRows.AssertEqual($"seed {seed}, {what}", expected, actual);
            }
        }

        Assert.NotEqual(0, accepted);
        Assert.NotEqual(0, rejected);
    }

    private static byte[] Mutated(byte[] ledger, int from, Random random, out string what)
    {
        byte[] changed = [.. ledger];
        int at = random.Next(from / 4, changed.Length / 4) * 4;
        uint old = BinaryPrimitives.ReadUInt32BigEndian(changed.AsSpan(at));
        uint value = random.Next(6) switch
        {
            0 => old + 1,
            1 => old - 1,
            2 => (uint)random.Next(30),
            3 => old ^ (1u << random.Next(32)),
            4 => 0,
            _ => (uint)random.NextInt64(uint.MaxValue),
        };
        BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(at), value);
        what = $"word at byte {at} from {old} to {value}";
        return changed;
    }
}
