using Microsoft.Extensions.Logging;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Counts what a run stores, for its report, its log, its metrics and its status.</summary>
/// <remarks>One caller counts at a time; <see cref="Status"/> may be read from any thread.</remarks>
/// <param name="logger">Logs each transaction.</param>
/// <param name="tip">Computes the distance to the tip.</param>
internal sealed class LiveTally(ILogger logger, TipDistance tip)
{
    private long ledgers;
    private long transactions;
    private long operations;
    private long commits;
    private uint? first;
    private volatile LiveStatus status = new(null, null, null, null, IsStandingBy: true);

    /// <summary>The last ledger that was stored; null if there is none.</summary>
    public uint? Last { get; private set; }

    /// <summary>How far the run is.</summary>
    public LiveStatus Status => status;

    /// <summary>Call when the lock is held and the cursor was read.</summary>
    public void Begin(uint latest) => status = status with { Latest = latest, IsStandingBy = false };

    /// <summary>Counts what was stored.</summary>
    /// <param name="group">The ledgers of a transaction.</param>
    /// <param name="report">What was stored; null if an earlier attempt, whose COMMIT got no answer, had stored it.</param>
    public void Count(IReadOnlyList<LedgerWork> group, CommitReport? report)
    {
        first ??= group[0].Facts.Ledger;
        Last = group[^1].Facts.Ledger;
        ledgers += group.Count;
        commits++;
        transactions += group.Sum(static ledger => (long)ledger.Facts.TransactionHashes.Count);
        operations += group.Sum(static ledger => (long)ledger.Facts.Operations);
        tip.Stored(group[^1].Facts);
        double behind = tip.Of(group[^1].Facts);
        status = new LiveStatus(Last, report?.Oldest ?? status.Oldest, group[^1].Facts.ClosedAt, behind, IsStandingBy: false);
        if (report is null)
        {
            StellarLog.LiveFoundOut(logger, group[0].Facts.Ledger, Last.Value);
            return;
        }

        StellarTelemetry.CountLive(report, status);
        StellarLog.LiveStored(logger, report.First, report.Last, report.Transactions, report.Operations, report.Describe());
    }

    /// <summary>The report of the run.</summary>
    /// <param name="elapsed">The time of the run.</param>
    /// <param name="preparation">Its part before the first ledger was asked for; null if it ended before.</param>
    public LiveReport Report(TimeSpan elapsed, TimeSpan? preparation) =>
        new(first, Last, ledgers, transactions, operations, commits, elapsed) { Preparation = preparation ?? elapsed };
}
