namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The result of a search for work.</summary>
/// <param name="Lease">Ledgers to load; null if none are free.</param>
/// <param name="Left">Other leases left in the range, held or free.</param>
/// <param name="FreeLeft">How many of those nobody holds.</param>
internal readonly record struct ClaimOutcome(BatchLease? Lease, long Left, long FreeLeft)
{
    /// <summary>How its ledgers are written into separate tables; null for in place.</summary>
    public BesideUnit? Beside { get; init; }

    /// <summary>Whether work is left in the range, so that more leases may become free.</summary>
    public bool IsAnyLeft => Left > 0;

    /// <summary>Whether no free work is left after it.</summary>
    public bool IsLast => FreeLeft == 0;
}
