namespace StellarPipeline.Stellar.Queries;

/// <summary>Consecutive ledgers without a transaction in the tables.</summary>
/// <param name="First">The first ledger.</param>
/// <param name="Last">The last ledger, inclusive.</param>
public readonly record struct LedgerGap(uint First, uint Last)
{
    /// <summary>The number of ledgers.</summary>
    public long Count => (long)Last - First + 1;
}
