namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>Which rows of a list are wanted.</summary>
/// <typeparam name="TCursor">What a place in the list is named by.</typeparam>
public sealed record PageRequest<TCursor>
    where TCursor : struct, IPageCursor<TCursor>
{
    /// <summary>Most rows of a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Most rows to return, 1 to <see cref="MaxLimit"/>.</summary>
    /// <value>Default 50.</value>
    public int Limit { get; init; } = 50;

    /// <summary>The order of the list, and of the rows of each page.</summary>
    /// <value>Default: the newest first.</value>
    public SortOrder Order { get; init; }

    /// <summary>The place to go on from, itself not included; null for the beginning, or backwards the end, of the list.</summary>
    public TCursor? From { get; init; }

    /// <summary>True for the rows before <see cref="From"/>; they come in the list's order all the same.</summary>
    public bool IsBackward { get; init; }

    /// <summary>Only rows of ledgers that closed in this time. Lists inside one transaction or operation have no use for it.</summary>
    public TimeRange Range { get; init; }

    /// <summary>Whether the rows are read from the newest to the oldest.</summary>
    internal bool ReadsDescending => Order == SortOrder.Descending != IsBackward;

    /// <summary>Refuses a limit that is none.</summary>
    internal void Check()
    {
        if (Limit is < 1 or > MaxLimit) throw QueryThrow.Limit(Limit, MaxLimit);
    }
}
