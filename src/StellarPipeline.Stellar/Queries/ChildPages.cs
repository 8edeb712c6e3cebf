using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Queries that return a page for each of many parents.</summary>
internal static class ChildPages
{
    /// <summary>Runs a query. It returns rows in any order, and one row more than the limit for a parent that has more.</summary>
    public static async Task<IReadOnlyDictionary<long, Page<TRow, TCursor>>> RunAsync<TRow, TCursor>(
        QueryRunner runner, Query query, Arguments arguments, ColumnSet<TRow>.Choice columns, int limit, SortOrder order,
        Func<TRow, long> parent, Func<TRow, TCursor> place, CancellationToken cancellationToken)
        where TRow : new()
        where TCursor : struct, IPageCursor<TCursor>
    {
        List<TRow> rows = await runner.RunAsync(query, arguments.Values, columns.ReadAllAsync, cancellationToken).ConfigureAwait(false);
        var pages = new Dictionary<long, Page<TRow, TCursor>>();
        foreach (IGrouping<long, TRow> children in rows.GroupBy(parent))
        {
            List<TRow> sorted = [.. children];
            sorted.Sort((left, right) => Compare(place(left), place(right)) * (order == SortOrder.Descending ? -1 : 1));
            pages.Add(children.Key, Page<TRow, TCursor>.Of(sorted, limit, isBackward: false, place));
        }

        return pages;
    }

    private static int Compare<TCursor>(TCursor left, TCursor right)
        where TCursor : struct, IPageCursor<TCursor>
    {
        int result = 0;
        for (int index = 0; index < TCursor.Width && result == 0; index++) result = left.Key[index].CompareTo(right.Key[index]);
        return result;
    }
}
