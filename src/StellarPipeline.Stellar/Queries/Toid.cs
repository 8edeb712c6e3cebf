namespace StellarPipeline.Stellar.Queries;

/// <summary>
/// Ids of transactions and operations (SEP-35): ledger, number of the transaction and number of the operation in one integer.
/// </summary>
public static class Toid
{
    private const int LedgerShift = 32;
    private const int TransactionShift = 12;

    // The lower 12 bits are the operation.
    private const long OperationMask = (1L << TransactionShift) - 1;

    /// <summary>Id of the transaction of an operation. In SQL: <c>id &amp; ~x'FFF'::bigint</c>.</summary>
    /// <param name="operationId">Id of the operation.</param>
    /// <returns>Id of its transaction.</returns>
    public static long TransactionOf(long operationId) => operationId & ~OperationMask;

    /// <summary>The ledger of an id.</summary>
    /// <param name="id">Id of a transaction or operation, not negative.</param>
    /// <returns>The ledger.</returns>
    public static uint LedgerOf(long id) => (uint)(id >> LedgerShift);

    /// <summary>Number of the transaction in its ledger, from 1.</summary>
    /// <param name="id">Id of a transaction or operation.</param>
    /// <returns>The number.</returns>
    public static int PlaceOfTransaction(long id) => (int)(id >> TransactionShift) & 0xFFFFF;

    /// <summary>Number of the operation in its transaction, from 1; 0 for a transaction.</summary>
    /// <param name="id">Id of a transaction or operation.</param>
    /// <returns>The number.</returns>
    public static int PlaceOfOperation(long id) => (int)(id & OperationMask);

    /// <summary>An id below all ids of a ledger and above all ids of the ledger before it, for ranges.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <returns>The id.</returns>
    public static long FirstOf(uint ledger) => (long)ledger << LedgerShift;
}
