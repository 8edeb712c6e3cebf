namespace StellarPipeline.Stellar.Queries;

/// <summary>Consecutive ledgers without a transaction in the tables.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
public readonly record struct LedgerGap(uint First, uint Last)
{
    /// <summary>How many they are.</summary>
    public long Count => (long)Last - First + 1;
}
