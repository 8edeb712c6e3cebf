namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>The place of a state change within one transaction or operation, whose time is known.</summary>
/// <param name="ToId">Id of the transaction.</param>
/// <param name="OperationId">Id of the operation; 0 for the transaction's fee.</param>
/// <param name="StateChangeId">Number of the change.</param>
public readonly record struct ChangeCursor(long ToId, long OperationId, long StateChangeId) : IPageCursor<ChangeCursor>
{
    /// <inheritdoc/>
    public static byte Mark => (byte)'c';

    /// <inheritdoc/>
    public static int Width => 3;

    /// <inheritdoc/>
    public IReadOnlyList<long> Key => [ToId, OperationId, StateChangeId];

    /// <inheritdoc/>
    public static ChangeCursor FromKey(IReadOnlyList<long> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new ChangeCursor(key[0], key[1], key[2]);
    }
}
