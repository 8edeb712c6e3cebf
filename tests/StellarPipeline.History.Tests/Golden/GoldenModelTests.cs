using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;
using StellarPipeline.HistoryModel.Rules;
using StellarPipeline.TestSupport;

namespace StellarPipeline.History.Tests.Golden;

/// <summary>The model itself is right: it gives the recorded rows of every set.</summary>
public sealed class GoldenModelTests
{
    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Rows_RecordedLedgers_EqualTheRecordedRows(string name)
    {
        var set = GoldenSet.Open(name);
        List<HistoryRows> rows = [.. ReadLedgers(set).Select(ledger => LedgerModel.Rows(ledger, set.Passphrase))];
        foreach (string table in HistoryCsv.Tables)
        {
            string[] actual = [HistoryCsv.Header(table), .. HistoryCsv.Lines(table, rows)];
            (string header, List<string> lines) = set.Expected(table);
            string[] expected = [header, .. lines];
            string[] missing = [.. expected.Except(actual).Take(3)], surplus = [.. actual.Except(expected).Take(3)];
            Assert.True(
                missing.Length + surplus.Length == 0 && actual.SequenceEqual(expected),
                $"{name} {table}: {expected.Length} lines expected, {actual.Length} made; missing:\n"
                + $"{string.Join('\n', missing)}\nsurplus:\n{string.Join('\n', surplus)}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void HashProblems_LedgersOfANetwork_None(string name)
    {
        Skip.If(name.StartsWith("made-", StringComparison.Ordinal), "Made-up ledgers have made-up hashes.");
        Skip.If(name == "standalone-v23", "A load tool changed these ledgers without their hashes.");
        var set = GoldenSet.Open(name);
        Assert.Empty(ReadLedgers(set).SelectMany(static ledger => ledger.HashProblems()
            .Select(problem => $"{ledger.Header.Header.Sequence}: {problem}")));
    }

    private static IEnumerable<CloseMeta> ReadLedgers(GoldenSet set)
    {
        foreach ((byte[] content, bool isBatch) in set.Inputs())
        {
            foreach (CloseMeta ledger in isBatch ? CloseMeta.DecodeBatch(content) : [CloseMeta.Decode(content)])
            {
                yield return ledger;
                if (ledger.Header.Header.Sequence == set.LastLedger) yield break;
            }
        }
    }
}
