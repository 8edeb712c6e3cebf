using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Groups the ledgers of a data store, from the last one downwards, into units that fill separate tables together.</summary>
/// <remarks>
/// A partition or chunk begins at a time, and the time of a ledger is known only by reading it. A few ledgers are read, by bisection. For
/// one caller at a time.
/// </remarks>
/// <param name="run">The run.</param>
/// <param name="choice">What this database allows.</param>
internal sealed class BesideUnits(BackfillRun run, BesideChoice choice)
{
    /// <summary>Seconds between the ledgers of a network, about.</summary>
    public const int SecondsPerLedger = 5;

    // One unit of a chunk or partition: a second one would wait for the first to end, and the first may rely on the proof of the second.
    private readonly HashSet<long> used = [];
    private LedgerSpan stretch;
    private bool isUsed;

    /// <summary>Whether separate tables can be used.</summary>
    public bool IsOn => choice.Kind != BesideKind.None;

    /// <summary>The unit found last; null if its ledgers are written in place.</summary>
    public BesideUnit? Found { get; private set; }

    /// <summary>Finds the unit that the last of some free ledgers belongs to.</summary>
    /// <param name="free">Ledgers without a lease.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public async Task LookAsync(LedgerSpan free, CancellationToken cancellationToken)
    {
        if (Knows(free.Last)) return;
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
            if (!used.Contains(start) && await IsFreeAsync(start, end, cancellationToken).ConfigureAwait(false))
            {
                used.Add(start);
                Found = new BesideUnit(stretch, choice.Kind, start, end);
            }
        }
        catch (PipelineException error) when (error is LedgerException || error.Kind == FailureKind.Archive)
        {
            // The batch that loads these ledgers meets the same error, and reports it.
        }
    }

    /// <summary>Whether the last search was about a ledger.</summary>
    public bool Knows(uint ledger) => ledger >= stretch.First && ledger <= stretch.Last;

    /// <summary>The lowest ledger of a batch that ends at a ledger; 0 for a ledger outside the unit.</summary>
    public uint Lowest(uint last) => Knows(last) ? stretch.First : 0;

    private async Task<bool> IsFreeAsync(long start, long end, CancellationToken cancellationToken)
    {
        // A few ledgers are not worth a separate chunk. A missing partition must be made for any number, and the rows may as well come
        // with it.
        if (run.Options.Fill == BackfillFill.Auto && stretch.Count > BesideChoice.MostLedgers) return false;
        if (run.Options.Fill == BackfillFill.Auto && choice.Kind == BesideKind.Chunk && stretch.Count < BesideChoice.FewestLedgers)
            return false;
        string schema = run.Plan.Preflight.Tables[0].Schema!;
        var runner = new QueryRunner(run.Database, new QueryOptions { Schema = schema });
        return !await choice.IsTakenAsync(runner, schema, start, end, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first ledger that closed at or after a time. Close times never decrease.</summary>
    private async Task<uint> FindAsync(LedgerSpan free, long lastTime, long start, CancellationToken cancellationToken)
    {
        long low = free.First;
        long high = free.Last;
        long step = Math.Max(1, ((lastTime - start) / SecondsPerLedger) + 1);
        while (low < high)
        {
            // First guess: by the time per ledger. Each wrong guess doubles the step; then bisection.
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
