using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Computes how many ledgers a ledger is behind the tip of the network.</summary>
/// <remarks>
/// If the source knows the tip, it is asked. Otherwise the age of the ledger is divided by the average time between the last ledgers. For
/// one caller at a time.
/// </remarks>
/// <param name="source">A source that knows the tip; null if it does not.</param>
/// <param name="time">The clock; null for the system clock.</param>
internal sealed class TipDistance(ITipSource? source, TimeProvider? time = null)
{
    // Weight of each new interval in the average: about the last ten ledgers decide.
    private const double Weight = 0.1;
    private const double FirstSeconds = 5;
    private const double LeastSeconds = 0.1;

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private double seconds = FirstSeconds;
    private LedgerFacts? before;

    /// <summary>The distance of a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <returns>Ledgers, 0 or more.</returns>
    public double Of(LedgerFacts ledger)
    {
        if (source?.Tip is { } tip) return tip > ledger.Ledger ? tip - ledger.Ledger : 0;
        return Math.Max(0, (time.GetUtcNow() - ledger.ClosedAt).TotalSeconds) / seconds;
    }

    /// <summary>Records a stored ledger, to learn the time between ledgers.</summary>
    /// <param name="ledger">The ledger.</param>
    public void Stored(LedgerFacts ledger)
    {
        if (before is { } last && ledger.Ledger > last.Ledger)
        {
            double interval = (ledger.ClosedAt - last.ClosedAt).TotalSeconds / (ledger.Ledger - last.Ledger);
            seconds = Math.Max(LeastSeconds, seconds + (Weight * (interval - seconds)));
        }

        before = ledger;
    }
}
