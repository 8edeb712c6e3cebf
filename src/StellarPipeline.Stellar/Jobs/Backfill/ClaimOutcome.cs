namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>What a look for work found.</summary>
/// <param name="Lease">Ledgers to load; null for none.</param>
/// <param name="Left">Leases of the range that are left beside it, held by whomever.</param>
/// <param name="FreeLeft">Those of them that nobody holds.</param>
internal readonly record struct ClaimOutcome(BatchLease? Lease, long Left, long FreeLeft)
{
    /// <summary>How its ledgers are filled beside the tables; null where they go in place.</summary>
    public BesideUnit? Beside { get; init; }

    /// <summary>Whether others are still at work in the range, so that more may come free.</summary>
    public bool IsAnyLeft => Left > 0;

    /// <summary>Whether no work is left to be taken after it.</summary>
    public bool IsLast => FreeLeft == 0;
}
