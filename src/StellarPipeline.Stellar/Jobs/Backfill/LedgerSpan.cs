namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Consecutive ledgers, one or more.</summary>
/// <param name="First">The first ledger.</param>
/// <param name="Last">The last ledger, inclusive.</param>
public readonly record struct LedgerSpan(uint First, uint Last)
{
    /// <summary>The number of ledgers.</summary>
    public long Count => (long)Last - First + 1;

    /// <summary>The ledgers as text: "5" or "5 to 9".</summary>
    /// <returns>Numbers without group separators.</returns>
    public override string ToString() =>
        First == Last ? FormattableString.Invariant($"{First}") : FormattableString.Invariant($"{First} to {Last}");

    /// <summary>Removes spans from spans.</summary>
    /// <param name="spans">In order, without overlap.</param>
    /// <param name="taken">What to remove; in order, without overlap.</param>
    /// <returns>What is left, in order.</returns>
    internal static List<LedgerSpan> Subtract(IEnumerable<LedgerSpan> spans, IReadOnlyList<LedgerSpan> taken)
    {
        var left = new List<LedgerSpan>();
        int index = 0;
        foreach (LedgerSpan span in spans)
        {
            while (index < taken.Count && taken[index].Last < span.First) index++;
            long next = span.First;
            for (int at = index; at < taken.Count && taken[at].First <= span.Last; at++)
            {
                if (taken[at].First > next) left.Add(new LedgerSpan((uint)next, taken[at].First - 1));
                next = Math.Max(next, taken[at].Last + 1L);
            }

            if (next <= span.Last) left.Add(new LedgerSpan((uint)next, span.Last));
        }

        return left;
    }

    /// <summary>The part that lies in another span; null if there is none.</summary>
    internal LedgerSpan? Within(LedgerSpan other)
    {
        uint first = Math.Max(First, other.First);
        uint last = Math.Min(Last, other.Last);
        return first <= last ? new LedgerSpan(first, last) : null;
    }
}
