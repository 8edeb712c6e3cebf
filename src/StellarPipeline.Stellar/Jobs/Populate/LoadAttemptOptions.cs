namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>How often a load is tried, and how long to wait between attempts.</summary>
public sealed record LoadAttemptOptions
{
    /// <summary>Most attempts, including the first one.</summary>
    /// <value>1 to 100. Default 3.</value>
    public int Attempts { get; init; } = 3;

    /// <summary>Longest wait after the first failure; each further one doubles it.</summary>
    /// <value>0 to 1 hour. Default 1 second.</value>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait after any failure.</summary>
    /// <value>At least <see cref="FirstDelay"/>, at most 1 hour. Default 30 seconds.</value>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Selects further failures, besides transient ones of the database, after which the load is tried again; null for none.
    /// </summary>
    public Func<Exception, bool>? RetriesToo { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="PopulateException">Kind <see cref="Dataflow.FailureKind.Usage"/>: all problems in one message.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Attempts is < 1 or > 100)
            problems.Add(FormattableString.Invariant($"the number of attempts is {Attempts:N0}; it must be 1 to 100"));
        if (FirstDelay < TimeSpan.Zero || FirstDelay > LongestDelay)
            problems.Add($"the first delay between attempts is {FirstDelay}; it must be 0 to the longest delay, {LongestDelay}");
        if (LongestDelay > TimeSpan.FromHours(1))
            problems.Add($"the longest delay between attempts is {LongestDelay}; it must be at most 1 hour");
        if (problems.Count > 0) throw PopulateThrow.Options(problems);
    }
}
