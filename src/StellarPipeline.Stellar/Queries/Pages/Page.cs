namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>A page of a list.</summary>
/// <typeparam name="TRow">Type of a row.</typeparam>
/// <typeparam name="TCursor">Type of the list's cursors.</typeparam>
/// <param name="Rows">The rows, in the order of the list.</param>
/// <param name="HasMore">Whether there are more rows in the requested direction.</param>
/// <param name="Start">Cursor of the first row; null if there are no rows.</param>
/// <param name="End">Cursor of the last row; null if there are no rows.</param>
public sealed record Page<TRow, TCursor>(IReadOnlyList<TRow> Rows, bool HasMore, TCursor? Start, TCursor? End)
    where TCursor : struct, IPageCursor<TCursor>
{
    /// <summary>Creates a page from rows that were read with a limit that is one larger.</summary>
    internal static Page<TRow, TCursor> Of(List<TRow> read, int limit, bool isBackward, Func<TRow, TCursor> place)
    {
        bool hasMore = read.Count > limit;
        if (hasMore) read.RemoveRange(limit, read.Count - limit);
        if (isBackward) read.Reverse();
        return read.Count == 0
            ? new Page<TRow, TCursor>([], false, null, null)
            : new Page<TRow, TCursor>(read, hasMore, place(read[0]), place(read[^1]));
    }
}
