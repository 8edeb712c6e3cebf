namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The place of a state change in the list of all: close time of its ledger, transaction, operation, number.</summary>
/// <param name="LedgerCreatedAt">When the ledger closed, UTC.</param>
/// <param name="ToId">Id of the transaction.</param>
/// <param name="OperationId">Id of the operation; 0 for the transaction's fee.</param>
/// <param name="StateChangeId">Number of the change.</param>
public readonly record struct StateChangeCursor(DateTime LedgerCreatedAt, long ToId, long OperationId, long StateChangeId)
    : IPageCursor<StateChangeCursor>
{
    /// <inheritdoc/>
    public static byte Mark => (byte)'s';

    /// <inheritdoc/>
    public static int Width => 4;

    /// <inheritdoc/>
    public IReadOnlyList<long> Key => [CursorText.Microseconds(LedgerCreatedAt), ToId, OperationId, StateChangeId];

    /// <inheritdoc/>
    public static StateChangeCursor FromKey(IReadOnlyList<long> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new StateChangeCursor(CursorText.Time(key[0]), key[1], key[2], key[3]);
    }
}
