namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Some rows of a list.</summary>
/// <typeparam name="TRow">A row.</typeparam>
/// <typeparam name="TCursor">What a place in the list is named by.</typeparam>
/// <param name="Rows">The rows, in the list's order.</param>
/// <param name="HasMore">Whether the list goes on in the direction that was asked for.</param>
/// <param name="Start">The place of the first row; null where there is none.</param>
/// <param name="End">The place of the last row; null where there is none.</param>
public sealed record Page<TRow, TCursor>(IReadOnlyList<TRow> Rows, bool HasMore, TCursor? Start, TCursor? End)
    where TCursor : struct, IPageCursor<TCursor>
{
    /// <summary>Makes a page of rows that were read one further than asked for.</summary>
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
