using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>The ledgers of a recorded set one by one, and the rows that the projection makes of them.</summary>
internal static class GoldenLedgers
{
    private const int BatchHeadBytes = 12;

    public static StellarNetwork Network(this GoldenSet set) => StellarNetwork.Parse(set.Passphrase);

    /// <summary>The bytes of each ledger that has expected rows.</summary>
    public static IEnumerable<byte[]> Ledgers(this GoldenSet set)
    {
        var reader = new LedgerReader(set.Network().Id);
        foreach ((byte[] content, bool isBatch) in set.Inputs())
        {
            for (int at = isBatch ? BatchHeadBytes : 0; at < content.Length;)
            {
                LedgerView view = reader.ReadStart(content.AsSpan(at));
                (uint number, int length) = (view.Sequence, view.Length);
                yield return content[at..(at + length)];
                if (number == set.LastLedger) yield break;
                at += length;
            }
        }
    }

    /// <summary>The expected rows of a table as lines of CSV, sorted.</summary>
    public static List<string> Expected(this GoldenSet set, CopyTable table)
    {
        (string header, List<string> lines) = set.Expected(table.Name);
        Assert.Equal(string.Join(',', table.Columns), header);
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>The rows that the projection makes, by table, in the order in which they leave.</summary>
    public static Dictionary<CopyTable, List<string>> Project(this GoldenSet set, PagePool pool, out HistoryCounts counts)
    {
        using var projection = new HistoryProjection(set.Network(), pool);
        var rows = HistoryTables.All.ToDictionary(table => table, _ => new List<string>());
        foreach (byte[] ledger in set.Ledgers())
        {
            projection.Project(ledger);
            var pages = new List<RowPage>();
            projection.Take(pages);
            foreach (RowPage page in pages)
            {
                rows[page.Table].AddRange(new HistoryRowText(page.Table).Read(page.Memory.Span).Select(HistoryRowText.ToCsv));
                page.Dispose();
            }
        }

        counts = projection.Counts;
        return rows;
    }
}
