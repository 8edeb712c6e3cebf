using StellarPipeline.Generator;
using StellarPipeline.HistoryModel;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.History;

namespace StellarPipeline.History.Tests;

/// <summary>The fast projection gives the rows of the slow model, row by row, in all five tables.</summary>
public sealed class ProjectionAgainstModelTests
{
    private const int SeedsPerCase = 250;
    private const int LedgersPerSeed = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Project_GeneratedLedgers_RowsOfTheModel(int part)
    {
        using PagePool pool = new();
        for (int seed = part * SeedsPerCase; seed < (part + 1) * SeedsPerCase; seed++)
        {
            LedgerGeneratorOptions options = GeneratedLedgers.Options(seed);
            using HistoryProjection projection = new(StellarNetwork.Parse(options.Passphrase), pool);
            foreach (GeneratedLedger ledger in new LedgerGenerator(options).Take(LedgersPerSeed))
            {
                HistoryRows expected = LedgerModel.Rows(CloseMeta.Decode(ledger.CloseMeta.ToArray()), options.Passphrase);
                Dictionary<string, List<string>> actual = Projected(projection, ledger.CloseMeta.Span);
                foreach (string table in HistoryCsv.Tables) AssertEqual($"seed {seed}, protocol {options.Protocol}, ledger {ledger.Sequence}, {table}", table, expected, actual[table]);
            }
        }
    }

    private static Dictionary<string, List<string>> Projected(HistoryProjection projection, ReadOnlySpan<byte> ledger)
    {
        projection.Project(ledger);
        List<RowPage> pages = [];
        projection.Take(pages);
        Dictionary<string, List<string>> rows = HistoryCsv.Tables.ToDictionary(static table => table, static _ => new List<string>());
        foreach (RowPage page in pages)
        {
            rows[page.Table.Name].AddRange(new HistoryRowText(page.Table).Read(page.Memory.Span).Select(HistoryRowText.ToCsv));
            page.Dispose();
        }

        return rows;
    }

    private static void AssertEqual(string place, string table, HistoryRows expected, List<string> actual)
    {
        List<string> lines = HistoryCsv.Lines(table, [expected]);
        lines.Sort(StringComparer.Ordinal);
        actual.Sort(StringComparer.Ordinal);
        Assert.True(lines.SequenceEqual(actual), $"{place}: {lines.Count} rows by the model, {actual.Count} by the projection; missing:\n"
            + $"{string.Join('\n', lines.Except(actual).Take(4))}\nsurplus:\n{string.Join('\n', actual.Except(lines).Take(4))}");
    }
}
