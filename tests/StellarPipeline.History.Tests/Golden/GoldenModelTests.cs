using StellarPipeline.HistoryModel;

namespace StellarPipeline.History.Tests;

/// <summary>The model itself is right: it gives the recorded rows of every set.</summary>
public sealed class GoldenModelTests
{
    public static TheoryData<string> Sets => [.. GoldenSet.All.Select(static set => set.Name)];

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Rows_RecordedLedgers_EqualTheRecordedRows(string name)
    {
        GoldenSet set = GoldenSet.All.Single(set => set.Name == name);
        List<HistoryRows> rows = [.. set.ReadLedgers().Select(ledger => LedgerModel.Rows(ledger, set.Passphrase))];
        foreach (string table in HistoryCsv.Tables)
        {
            string[] actual = [HistoryCsv.Header(table), .. HistoryCsv.Lines(table, rows)];
            string[] expected = set.Expected(table);
            string[] missing = [.. expected.Except(actual).Take(3)], surplus = [.. actual.Except(expected).Take(3)];
            Assert.True(
                missing.Length + surplus.Length == 0 && actual.SequenceEqual(expected),
                $"{name} {table}: {expected.Length} lines expected, {actual.Length} made; missing:\n"
                + $"{string.Join('\n', missing)}\nsurplus:\n{string.Join('\n', surplus)}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void HashProblems_LedgersOfANetwork_None(string name)
    {
        Skip.If(name.StartsWith("made-", StringComparison.Ordinal), "Made-up ledgers have made-up hashes.");
        Skip.If(name == "standalone-v23", "A load tool changed these ledgers without their hashes.");
        GoldenSet set = GoldenSet.All.Single(set => set.Name == name);
        Assert.Empty(set.ReadLedgers().SelectMany(static ledger => ledger.HashProblems()
            .Select(problem => $"{ledger.Header.Header.Sequence}: {problem}")));
    }
}
