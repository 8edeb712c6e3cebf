using StellarPipeline.Cli.Output.Logging;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>A sentence that says what the job waits for.</summary>
internal static class BoundSentence
{
    // Events: a retry of the archive, a pause of all mirrors, a wait for a lock.
    private const int Retry = 3000;
    private const int MirrorsRest = 3003;
    private const int LockWait = 2050;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    /// <summary>The sentence; empty if unknown.</summary>
    /// <param name="rates">The measured rates.</param>
    /// <param name="events">The last events.</param>
    /// <param name="now">The time.</param>
    public static string Of(ProgressRates rates, IReadOnlyList<LoggedEvent> events, DateTimeOffset now)
    {
        string phase = rates.Now.Phase;
        if (events.LastOrDefault(seen => seen.Id is Retry or MirrorsRest or LockWait && IsFresh(seen)) is { } trouble)
        {
            bool isArchive = trouble.Id != LockWait;
            bool isStill = isArchive
                ? rates.FetchedPerSecond <= 0 && !rates.IsFetched
                : phase is "open" or "schema" or "preflight" or "foreign keys";
            if (isStill)
            {
                // Each round of retries is an event of its own, but the wait began with the last byte.
                double seconds = (now - trouble.Time).TotalSeconds;
                if (isArchive) seconds = Math.Max(seconds, rates.FetchPause.TotalSeconds);
                return FormattableString.Invariant(
                    $"Waiting for {(isArchive ? "the archive" : "a lock")} for {Math.Max(0, seconds):F0} s: {trouble.Text}");
            }
        }

        return phase switch
        {
            "proof" => "Waiting for the archive: the checkpoint and the headers that prove it.",
            "check" => "The database is checked for everything that could make the load fail.",
            "plan" => "The cache and the archive are asked which buckets exist and how large they are.",
            "fetch" =>
                FormattableString.Invariant($"The archive bounds the load: buckets arrive at {rates.FetchedPerSecond / 1048576:F1} MiB/s."),
            "open" or "schema" or "preflight" => "The database takes the locks and confirms the plan.",
            "foreign keys" => "The database rebuilds dropped indexes and keys and proves the foreign keys.",
            "commit" => "The database commits.",
            _ => OfStages(rates),
        };

        // The pauses between rounds grow beyond the limit: what failed since the last byte still holds.
        bool IsFresh(LoggedEvent seen) => now - seen.Time < Fresh || (seen.Id != LockWait && now - seen.Time < rates.FetchPause);
    }

    private static string OfStages(ProgressRates rates)
    {
        if (rates.Stages.MaxBy(stage => stage.Busy) is not { Busy: > 0 } most) return "";
        string what = most.IsOutside ? "the server's COPY bounds the load" : most.Name == "merge"
            ? "reading the buckets bounds the load"
            : $"this program's {most.Name} stage bounds the load";
        if (rates.Stages[0].Name == "merge" && rates.SourceWait > 0.5 && rates.SourceWait > most.Busy)
        {
            // Buckets that have all arrived are read from the cache.
            string source = rates.IsFetched ? "Reading the cache" : "The archive";
            return FormattableString.Invariant(
                $"{source} bounds the load: merge waited for buckets for {rates.SourceWait:P0} of the last seconds.");
        }

        return FormattableString.Invariant($"{most.Name} was busy for {most.Busy:P0} of the last seconds: {what}.");
    }
}
