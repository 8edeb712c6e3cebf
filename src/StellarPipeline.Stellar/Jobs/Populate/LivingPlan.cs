using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// Finds what a load would keep, move and remove in a database that ingestion has worked on, or why it would be refused. Uses the code of
/// the load itself, and changes nothing.
/// </summary>
internal static class LivingPlan
{
    /// <summary>Finds it.</summary>
    /// <param name="look">A transaction that only reads.</param>
    /// <param name="checkpoint">The ledger of the checkpoint; null for the highest ledger of any row or cursor in the database, the oldest
    /// one that would not be refused.</param>
    /// <param name="discardsAbove">As <see cref="PopulateOptions.DiscardHistoryAbove"/>.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>One finding for each item, with the checks <c>living</c>, <c>kept</c>, <c>moved</c> and <c>dropped</c>; none if ingestion
    /// has not worked on the database.</returns>
    public static async Task<List<LoadFinding>> FindAsync(
        LoadTransaction look, uint? checkpoint, bool discardsAbove, CancellationToken cancellationToken)
    {
        var findings = new List<LoadFinding>();
        try
        {
            if (await new LivingDatabase(look, checkpoint ?? 0, discardsAbove).FindHighestAsync(cancellationToken).ConfigureAwait(false)
                is not { } highest)
            {
                return findings;
            }

            uint ledger = checkpoint ?? highest;
            if (checkpoint is null)
            {
                findings.Add(new LoadFinding(
                    "living", false,
                    string.Create(CultureInfo.InvariantCulture,
                        $"Ingestion has worked on this database up to ledger {highest:N0}: a load of a checkpoint below it is refused, or "
                            + $"needs --discard-history-above. The rest of this plan is for a checkpoint at that ledger; choose another "
                            + $"with --checkpoint.")));
            }

            var living = new LivingDatabase(look, ledger, discardsAbove) { IsPlanned = true };
            await living.PrepareAsync(cancellationToken).ConfigureAwait(false);
            findings.AddRange(living.Section.Kept.Select(line => new LoadFinding("kept", false, $"Kept: {line}.")));
            findings.AddRange(living.Section.Moved.Select(line => new LoadFinding("moved", false, $"Moved: {line}.")));
            findings.AddRange(living.Section.Dropped.Select(line => new LoadFinding("dropped", false, $"Dropped: {line}.")));
        }
        catch (PopulateException refusal) when (refusal.Kind == FailureKind.Usage)
        {
            findings.Add(new LoadFinding("living", true, refusal.Message));
        }

        return findings;
    }
}
