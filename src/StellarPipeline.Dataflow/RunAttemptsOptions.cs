namespace StellarPipeline.Dataflow;

/// <summary>How often work is tried, which failures justify another attempt, and how long to wait in between.</summary>
public sealed record RunAttemptsOptions
{
    /// <summary>Most tries, the first one included.</summary>
    /// <value>At least 1. Default 3.</value>
    public int Attempts { get; init; } = 3;

    /// <summary>The waits between two tries.</summary>
    /// <value>Default: 1 second after the first failure, doubled after each further one, at most 30 seconds.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>Decides whether a failure may be gone when the work is tried again. All other failures end the work at once.</summary>
    /// <value>Default: none. It is never asked about a cancellation by the caller.</value>
    public Func<Exception, bool> IsPassing { get; init; } = static _ => false;

    /// <summary>What is tried, as the log and the activities name it.</summary>
    /// <value>A noun phrase. Default "the work".</value>
    public string Work { get; init; } = "the work";

    /// <summary>What a failed try left behind, for the log.</summary>
    /// <value>A full sentence, or nothing. Default nothing.</value>
    public string Consequence { get; init; } = "";
}
