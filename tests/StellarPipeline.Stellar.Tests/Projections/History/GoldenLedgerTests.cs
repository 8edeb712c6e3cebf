using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Every recorded ledger gives exactly the rows that upstream made of it, in all five tables.</summary>
public sealed class GoldenLedgerTests
{
    private const int DifferencesShown = 6;

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Project_RecordedLedgers_GivesUpstreamsRows(string name)
    {
        var set = GoldenSet.Open(name);
        var pool = new PagePool();
        Dictionary<CopyTable, List<string>> rows = set.Project(pool, out HistoryCounts counts);
        var problems = new List<string>();
        foreach (CopyTable table in HistoryTables.All)
        {
            List<string> actual = [.. rows[table].Order(StringComparer.Ordinal)];
            Compare(table, set.Expected(table), actual, problems);
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.Equal(rows[HistoryTables.Transactions].Count, counts.Transactions);
        Assert.Equal(rows[HistoryTables.Operations].Count, counts.Operations);
        Assert.Equal(rows[HistoryTables.TransactionsAccounts].Count, counts.TransactionsAccounts);
        Assert.Equal(rows[HistoryTables.OperationsAccounts].Count, counts.OperationsAccounts);
        Assert.Equal(rows[HistoryTables.StateChanges].Count, counts.StateChanges);
        Assert.Equal(0, pool.Outstanding);
    }

    private static void Compare(CopyTable table, List<string> expected, List<string> actual, List<string> problems)
    {
        List<string> missing = Without(expected, actual);
        List<string> surplus = Without(actual, expected);
        if (missing.Count + surplus.Count == 0) return;
        problems.Add($"{table.Name}: {missing.Count} rows missing, {surplus.Count} surplus");
        problems.AddRange(missing.Take(DifferencesShown).Select(line => "  want " + line));
        problems.AddRange(surplus.Take(DifferencesShown).Select(line => "  got  " + line));
    }

    private static List<string> Without(List<string> left, List<string> right)
    {
        var counts = right.GroupBy(line => line, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var rest = new List<string>();
        foreach (string line in left)
        {
            if (counts.TryGetValue(line, out int count) && count > 0) counts[line] = count - 1;
            else rest.Add(line);
        }

        return rest;
    }
}
