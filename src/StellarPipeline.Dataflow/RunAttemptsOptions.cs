namespace StellarPipeline.Dataflow;

/// <summary>How often work is tried, which errors justify another attempt, and how long to wait between attempts.</summary>
public sealed record RunAttemptsOptions
{
    /// <summary>Maximum number of attempts, including the first.</summary>
    /// <value>At least 1. Default 3.</value>
    public int Attempts { get; init; } = 3;

    /// <summary>The waits between attempts.</summary>
    /// <value>Default: 1 second after the first failure, doubled after each further one, at most 30 seconds.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>Decides whether another attempt may succeed after an error. All other errors end the work at once.</summary>
    /// <value>Default: never. Not called for a cancellation by the caller.</value>
    public Func<Exception, bool> IsPassing { get; init; } = static _ => false;

    /// <summary>Name of the work in the log and in activities.</summary>
    /// <value>A noun phrase. Default "the work".</value>
    public string Work { get; init; } = "the work";

    /// <summary>What a failed attempt left behind, for the log.</summary>
    /// <value>A full sentence, or empty. Default empty.</value>
    public string Consequence { get; init; } = "";
}
