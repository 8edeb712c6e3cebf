namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The place of a transaction or operation: close time of its ledger, then its id.</summary>
/// <remarks>
/// Time and id must be those of one event, which need not have a row any more: lists are read in the order of the one or of the other.
/// </remarks>
/// <param name="LedgerCreatedAt">When the ledger closed, UTC.</param>
/// <param name="Id">The id (SEP-35).</param>
public readonly record struct EventCursor(DateTime LedgerCreatedAt, long Id) : IPageCursor<EventCursor>
{
    /// <inheritdoc/>
    public static byte Mark => (byte)'e';

    /// <inheritdoc/>
    public static int Width => 2;

    /// <inheritdoc/>
    public IReadOnlyList<long> Key => [CursorText.Microseconds(LedgerCreatedAt), Id];

    /// <inheritdoc/>
    public static EventCursor FromKey(IReadOnlyList<long> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new EventCursor(CursorText.Time(key[0]), key[1]);
    }
}
