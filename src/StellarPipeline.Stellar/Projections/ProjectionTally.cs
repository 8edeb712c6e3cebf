namespace StellarPipeline.Stellar.Projections;

/// <summary>Counts of views by kind and outcome. Not thread-safe: one per worker, added up by the stage that collects the chunks.</summary>
public sealed class ProjectionTally
{
    private readonly long[] counts;
    private readonly int outcomes;

    /// <summary>Creates a tally of zeros.</summary>
    /// <param name="kinds">Number of kinds of views.</param>
    /// <param name="outcomes">Number of outcomes.</param>
    public ProjectionTally(int kinds, int outcomes)
    {
        this.outcomes = outcomes;
        counts = new long[kinds * outcomes];
    }

    /// <summary>All views counted.</summary>
    public long Total => counts.Sum();

    /// <summary>Views of one kind with one outcome.</summary>
    public long this[int kind, int outcome] => counts[(kind * outcomes) + outcome];

    /// <summary>Counts one view.</summary>
    /// <param name="kind">Index of its kind.</param>
    /// <param name="outcome">Index of its outcome.</param>
    public void Count(int kind, int outcome) => counts[(kind * outcomes) + outcome]++;

    /// <summary>Adds the counts of another tally of the same shape.</summary>
    public void Add(ProjectionTally other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < counts.Length; i++) counts[i] += other.counts[i];
    }

    /// <summary>Sets all counts to zero.</summary>
    public void Clear() => Array.Clear(counts);

    /// <summary>Views with one outcome, of all kinds.</summary>
    public long OfOutcome(int outcome)
    {
        long sum = 0;
        for (int at = outcome; at < counts.Length; at += outcomes) sum += counts[at];
        return sum;
    }
}
