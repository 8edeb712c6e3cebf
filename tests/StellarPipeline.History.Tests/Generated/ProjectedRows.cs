using StellarPipeline.HistoryModel.Rows;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>The projection's rows as CSV lines by table, and their comparison with the model's.</summary>
internal static class ProjectedRows
{
    public static Dictionary<string, List<string>> Of(HistoryProjection projection, ReadOnlySpan<byte> ledger)
    {
        projection.Project(ledger);
        List<RowPage> pages = [];
        projection.Take(pages);
        var rows = HistoryCsv.Tables.ToDictionary(static table => table, static _ => new List<string>());
        foreach (RowPage page in pages)
        {
            rows[page.Table.Name].AddRange(new HistoryRowText(page.Table).Read(page.Memory.Span).Select(HistoryRowText.ToCsv));
            page.Dispose();
        }

        return rows;
    }

    public static void AssertEqual(string place, HistoryRows expected, Dictionary<string, List<string>> actual)
    {
        foreach (string table in HistoryCsv.Tables)
        {
            List<string> lines = HistoryCsv.Lines(table, [expected]);
            lines.Sort(StringComparer.Ordinal);
            actual[table].Sort(StringComparer.Ordinal);
            Assert.True(lines.SequenceEqual(actual[table]),
                $"{place}, ledger {expected.Ledger}, {table}: {lines.Count} by the model, {actual[table].Count} by the projection; "
                    + $"missing:\n"
                + $"{string.Join('\n', lines.Except(actual[table]).Take(4))}\nsurplus:\n"
                + string.Join('\n', actual[table].Except(lines).Take(4)));
        }
    }
}
