using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// What a load would keep, move and remove in a database that ingestion has worked on, or why it would be refused: found by the code of the
/// load itself, which changes nothing here.
/// </summary>
internal static class LivingPlan
{
    /// <summary>Finds it.</summary>
    /// <param name="look">A transaction that only looks.</param>
    /// <param name="checkpoint">The ledger of the checkpoint; null for the highest ledger that the database speaks of, the oldest that
    /// would not be refused.</param>
    /// <param name="discardsAbove">As <see cref="PopulateOptions.DiscardHistoryAbove"/>.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>One finding for each thing, checks <c>living</c>, <c>kept</c>, <c>moved</c> and <c>dropped</c>; none where ingestion has
    /// not worked on the database.</returns>
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
                        $"Ingestion has worked on this database up to ledger {highest:N0}: a checkpoint below it is refused, or needs "
                            + $"--discard-history-above. What follows is for a checkpoint of that ledger; name another with "
                            + $"--checkpoint.")));
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
