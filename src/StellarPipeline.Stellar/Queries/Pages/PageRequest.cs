namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Which rows of a list to return.</summary>
/// <typeparam name="TCursor">Type of the list's cursors.</typeparam>
public sealed record PageRequest<TCursor>
    where TCursor : struct, IPageCursor<TCursor>
{
    /// <summary>Most rows of a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Most rows to return, 1 to <see cref="MaxLimit"/>.</summary>
    /// <value>Default 50.</value>
    public int Limit { get; init; } = 50;

    /// <summary>The order of the list, and of the rows of each page.</summary>
    /// <value>Default: newest first.</value>
    public SortOrder Order { get; init; }

    /// <summary>
    /// Cursor to continue from, exclusive; null for the beginning of the list, or with <see cref="IsBackward"/> for its end.
    /// </summary>
    public TCursor? From { get; init; }

    /// <summary>True returns the rows before <see cref="From"/>, still in the order of the list.</summary>
    public bool IsBackward { get; init; }

    /// <summary>Only rows of ledgers that closed in this time range. Ignored for lists within one transaction or operation.</summary>
    public TimeRange Range { get; init; }

    /// <summary>Whether the rows are read from the newest to the oldest.</summary>
    internal bool ReadsDescending => Order == SortOrder.Descending != IsBackward;

    /// <summary>Checks the limit.</summary>
    internal void Check()
    {
        if (Limit is < 1 or > MaxLimit) throw QueryThrow.Limit(Limit, MaxLimit);
    }
}
