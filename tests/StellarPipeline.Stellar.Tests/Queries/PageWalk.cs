using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>Walks a list page by page to its end, as a client does: with the text of each page's cursor.</summary>
internal static class PageWalk
{
    /// <summary>Walks, and requires that the pages have every row once, in order, and no other.</summary>
    /// <param name="ask">Asks for a page.</param>
    /// <param name="all">The rows of the list.</param>
    /// <param name="line">The fields of a row on one line.</param>
    /// <param name="page">The first page.</param>
    public static async Task GivesEveryRowOnceAsync<TRow, TCursor>(
        Func<PageRequest<TCursor>, Task<Page<TRow, TCursor>>> ask, IEnumerable<NaiveRow> all, Func<TRow, string> line,
        PageRequest<TCursor> page)
        where TCursor : struct, IPageCursor<TCursor>
    {
        List<NaiveRow> expected = [.. all];
        expected.Sort((left, right) => NaiveRow.Compare(left.Key, right.Key) * (page.Order == SortOrder.Descending ? -1 : 1));
        var walked = new List<string>();
        while (true)
        {
            Page<TRow, TCursor> rows = await ask(page);
            walked.InsertRange(page.IsBackward ? 0 : walked.Count, rows.Rows.Select(line));
            if (!rows.HasMore) break;
            page = page with { From = CursorText.Read<TCursor>(CursorText.Write(page.IsBackward ? rows.Start!.Value : rows.End!.Value)) };
        }

        Assert.Equal(expected.Select(row => row.Line), walked);
    }
}
