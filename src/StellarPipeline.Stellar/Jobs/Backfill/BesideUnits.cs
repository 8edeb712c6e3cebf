using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// Divides the ledgers of a data store into those that are filled beside the tables together, from the last one downwards.
/// </summary>
/// <remarks>
/// Where a partition or chunk begins is a time, which ledgers tell only when they are read: a few of them are, by halves. For one caller at
/// a time.
/// </remarks>
/// <param name="run">The run.</param>
/// <param name="choice">What is possible in this database.</param>
internal sealed class BesideUnits(BackfillRun run, BesideChoice choice)
{
    private const int SecondsPerLedger = 5;

    private LedgerSpan stretch;
    private bool isUsed;

    /// <summary>Whether anything may go beside the tables.</summary>
    public bool IsOn => choice.Kind != BesideKind.None;

    /// <summary>The unit that was found last; null where its ledgers go in place.</summary>
    public BesideUnit? Found { get; private set; }

    /// <summary>Looks what the upper end of some free ledgers belongs to.</summary>
    /// <param name="free">Ledgers that nobody loads.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public async Task LookAsync(LedgerSpan free, CancellationToken cancellationToken)
    {
        if (free.Last >= stretch.First && free.Last <= stretch.Last) return;
        stretch = free;
        Found = null;
        if (choice.Kind == BesideKind.Swap)
        {
            if (!isUsed) Found = new BesideUnit(free, choice.Kind, 0, 0);
            isUsed = true;
            return;
        }

        try
        {
            long time = await ReadTimeAsync(free.Last, cancellationToken).ConfigureAwait(false);
            (long start, long end) = choice.IntervalOf(time);
            uint first = await FindAsync(free, time, start, cancellationToken).ConfigureAwait(false);
            stretch = new LedgerSpan(first, free.Last);
            if (await IsFreeAsync(start, end, cancellationToken).ConfigureAwait(false))
                Found = new BesideUnit(stretch, choice.Kind, start, end);
        }
        catch (PipelineException error) when (error is LedgerException || error.Kind == FailureKind.Archive)
        {
            // Whoever loads these ledgers meets the same fault, and tells it with its batch.
        }
    }

    /// <summary>The first ledger that a batch may hold which ends with a ledger that was looked at.</summary>
    public uint Lowest(uint last) => last >= stretch.First && last <= stretch.Last ? stretch.First : 0;

    private async Task<bool> IsFreeAsync(long start, long end, CancellationToken cancellationToken)
    {
        // A few ledgers are not worth a chunk that is filled apart, but those of a partition that is not there have no other place.
        if (run.Options.Fill == BackfillFill.Auto && stretch.Count > BesideChoice.MostLedgers) return false;
        if (run.Options.Fill == BackfillFill.Auto && choice.Kind == BesideKind.Chunk && stretch.Count < BesideChoice.FewestLedgers)
            return false;
        string schema = run.Plan.Preflight.Tables[0].Schema!;
        var runner = new QueryRunner(run.Database, new QueryOptions { Schema = schema });
        return !await choice.IsTakenAsync(runner, schema, start, end, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first ledger that closed at a time or later; times do not fall.</summary>
    private async Task<uint> FindAsync(LedgerSpan free, long lastTime, long start, CancellationToken cancellationToken)
    {
        long low = free.First;
        long high = free.Last;
        long step = Math.Max(1, ((lastTime - start) / SecondsPerLedger) + 1);
        while (low < high)
        {
            // Where it should be, and twice as far each time that it is not there; then by halves.
            long guess = step > 0 ? Math.Max(low, high - step) : low + ((high - low) / 2);
            if (await ReadTimeAsync((uint)guess, cancellationToken).ConfigureAwait(false) >= start)
            {
                high = guess;
                step *= 2;
            }
            else
            {
                low = guess + 1;
                step = 0;
            }
        }

        return (uint)high;
    }

    private async Task<long> ReadTimeAsync(uint ledger, CancellationToken cancellationToken) =>
        await StoreReach.CloseTimeAsync(run.Source, run.Options.Network, ledger, cancellationToken).ConfigureAwait(false)
            ?? throw BackfillThrow.Unreadable(ledger);
}
