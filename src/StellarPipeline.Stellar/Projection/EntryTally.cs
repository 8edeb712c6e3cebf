using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Projection;

/// <summary>Counts of entries by type and outcome. Not thread-safe: one per worker, added up by the stage that takes the chunks.</summary>
public sealed class EntryTally
{
    private readonly long[] counts;
    private readonly int outcomes;

    /// <summary>Makes a tally of zeros.</summary>
    /// <param name="outcomes">Number of outcomes.</param>
    public EntryTally(int outcomes)
    {
        this.outcomes = outcomes;
        counts = new long[LedgerEntryTypes.Count * outcomes];
    }

    /// <summary>All entries counted.</summary>
    public long Total => counts.Sum();

    /// <summary>Entries of one type with one outcome.</summary>
    public long this[LedgerEntryType type, int outcome] => counts[((int)type * outcomes) + outcome];

    /// <summary>Counts one entry.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="outcome">Index of its outcome.</param>
    public void Count(LedgerEntryType type, int outcome) => counts[((int)type * outcomes) + outcome]++;

    /// <summary>Adds the counts of another tally.</summary>
    public void Add(EntryTally other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < counts.Length; i++) counts[i] += other.counts[i];
    }

    /// <summary>Sets all counts to zero.</summary>
    public void Clear() => Array.Clear(counts);

    /// <summary>Entries with one outcome, over all types.</summary>
    public long OfOutcome(int outcome)
    {
        long sum = 0;
        for (int type = 0; type < LedgerEntryTypes.Count; type++) sum += counts[(type * outcomes) + outcome];
        return sum;
    }
}
