using System.Buffers.Binary;
using StellarPipeline.Generator;
using StellarPipeline.HistoryModel;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.History;

namespace StellarPipeline.History.Tests;

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
            StellarNetwork network = StellarNetwork.Parse(options.Passphrase);
            byte[] ledger = new LedgerGenerator(options).Next().CloseMeta.ToArray();
            CloseMeta original = CloseMeta.Decode(ledger);
            string told = Told(original);
            int header = ledger.AsSpan().IndexOf(original.Header.Header.Xdr) + original.Header.Header.Xdr.Length;
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
                bool contradicts = false;
                Exception? problem = Record.Exception(() =>
                {
                    CloseMeta meta = CloseMeta.Decode(changed);

                    // Where a change got another key, or a data entry another value, it contradicts its own before-image or its operation:
                    // no rows are right.
                    contradicts = Told(meta) != told;
                    expected = LedgerModel.Rows(meta, options.Passphrase, lenient: true);
                });
                if (contradicts || problem is ModelStop { IsUnpaired: true }) continue;
                Assert.True(expected is not null,
                    $"seed {seed}, {what}: the projection accepts what the model refuses: {problem?.Message}");
                ProjectedRows.AssertEqual($"seed {seed}, {what}", expected, actual);
            }
        }

        Assert.NotEqual(0, accepted);
        Assert.NotEqual(0, rejected);
    }

    private static string Told(CloseMeta meta) => string.Join(
        ' ',
        meta.Transactions
            .SelectMany(static applied => applied.FeeChanges.Concat(applied.Meta.Operations.SelectMany(static operation =>
                operation.Changes)).Concat(applied.Meta.ChangesAfter)
                .Concat(applied.PostApplyFeeChanges))
            .Select(static change => Convert.ToHexString(change.Entry?.KeyXdr ?? change.Key!.Xdr)
                + (change.Entry?.Body is DataEntry data ? change.Kind + Convert.ToHexString(data.Value) : "")));

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
