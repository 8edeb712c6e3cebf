using System.Diagnostics;
using System.Diagnostics.Metrics;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Stellar;

/// <summary>The instruments and activities of this library.</summary>
internal static class StellarTelemetry
{
    /// <summary>Name of the meter and of the activity source: <c>AddMeter</c> and <c>AddSource</c> in OpenTelemetry.</summary>
    public const string Name = "StellarPipeline.Stellar";

    private const string JobTag = "job";
    private const string QueryTag = "query";

    private static readonly Meter Meter = Telemetry.NewMeter(Name, typeof(StellarTelemetry));
    private static readonly ActivitySource Source = Telemetry.NewSource(Name, typeof(StellarTelemetry));

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        TagNames.Name("job.duration"),
        "s",
        "How long a job took; tags job: populate, backfill or live, and error.type if it failed.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000] });

    private static readonly Histogram<double> QueryDuration = Meter.CreateHistogram(
        TagNames.Name("query.duration"),
        "s",
        "How long a query of the data layer took; tags query, db.collection.name, and error.type (wallet-backend's categories) if it "
            + "failed.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30] });

    /// <summary>Measures a query; the number of measurements is the number of queries.</summary>
    internal static void CountQuery(Queries.Query query, TimeSpan duration, Exception? error)
    {
        if (!QueryDuration.Enabled) return;
        var tags = new TagList { { QueryTag, query.Name }, { TagNames.Table, query.Table } };
        if (error is not null) tags.Add(TagNames.ErrorType, Queries.QueryErrors.CategoryOf(error));
        Telemetry.AddRun(ref tags);
        QueryDuration.Record(duration.TotalSeconds, tags);
    }

    private static readonly Counter<long> LiveLedgers = Meter.CreateCounter<long>(
        TagNames.Name("live.ledgers"), "{ledger}", "Ledgers that live ingestion has stored. Counted after COMMIT, like the next two.");

    private static readonly Counter<long> LiveTransactions = Meter.CreateCounter<long>(
        TagNames.Name("live.transactions"), "{transaction}", "Transactions in those ledgers.");

    private static readonly Counter<long> LiveOperations = Meter.CreateCounter<long>(
        TagNames.Name("live.operations"), "{operation}", "Operations in those ledgers.");

    // State after the last transaction; null before the first. Observable gauges, because some exporters support no other kind.
    private static volatile LiveStatus? liveStatus;

    private static readonly ObservableGauge<long> LiveLatest = Meter.CreateObservableGauge(
        TagNames.Name("live.latest"), static () => Observed(liveStatus?.Latest), "{ledger}", "Number of the last ledger in the tables.");

    private static readonly ObservableGauge<long> LiveOldest = Meter.CreateObservableGauge(
        TagNames.Name("live.oldest"), static () => Observed(liveStatus?.Oldest), "{ledger}",
        "Number of the first ledger of the history; read again every hundred ledgers.");

    private static readonly ObservableGauge<double> LiveLag = Meter.CreateObservableGauge(
        TagNames.Name("live.lag"), static () => Observed(liveStatus?.LagAt(DateTimeOffset.UtcNow)?.TotalSeconds), "s",
        "Age of the last ledger in the tables.");

    private static readonly ObservableGauge<double> LiveBehind = Meter.CreateObservableGauge(
        TagNames.Name("live.behind"), static () => Observed(liveStatus?.Behind), "{ledger}",
        "Ledgers between the last one in the tables and the tip of the network, when it was stored.");

    private static readonly Counter<long> LiveStateChanges = Meter.CreateCounter<long>(
        TagNames.Name("live.state_changes"), "{row}", "Rows of state_changes that were stored; tags category and reason.");

    private static readonly Counter<long> LiveErrors = Meter.CreateCounter<long>(
        TagNames.Name("live.errors"), "{error}",
        "Attempts to store that failed; tags error.type (wallet-backend's categories) and again: true if another attempt follows.");

    private static readonly Histogram<double> LiveStep = Meter.CreateHistogram(
        TagNames.Name("live.step.duration"),
        "s",
        "How long a step of live ingestion took; tag step: fetch and derive of a ledger; of a transaction assets, contracts, tokens, "
            + "history, unlock, balances, cursor, commit.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] });

    /// <summary>Whether anything listens to the counts of state_changes by category and reason.</summary>
    internal static bool CountsStateChanges => LiveStateChanges.Enabled;

    /// <summary>Measures a step of one ledger.</summary>
    internal static void CountLiveStep(string step, TimeSpan time)
    {
        if (LiveStep.Enabled) LiveStep.Record(time.TotalSeconds, new TagList { { "step", step } });
    }

    /// <summary>Counts a failed attempt.</summary>
    internal static void CountLiveError(Exception error, bool again)
    {
        if (LiveErrors.Enabled)
            LiveErrors.Add(1, new TagList { { TagNames.ErrorType, Queries.QueryErrors.CategoryOf(error) }, { "again", again } });
    }

    /// <summary>Counts what one transaction of live ingestion stored.</summary>
    internal static void CountLive(CommitReport report, LiveStatus status)
    {
        liveStatus = status;
        foreach ((string category, string reason, long rows) in report.StateChanges)
            LiveStateChanges.Add(rows, new TagList { { "category", category }, { TagNames.Reason, reason } });
        LiveLedgers.Add(report.Ledgers);
        LiveTransactions.Add(report.Transactions);
        LiveOperations.Add(report.Operations);
        if (!LiveStep.Enabled) return;
        foreach ((string step, TimeSpan time) in report.Steps) LiveStep.Record(time.TotalSeconds, new TagList { { "step", step } });
    }

    private static IEnumerable<Measurement<long>> Observed(uint? value) => value is { } known ? [new Measurement<long>(known)] : [];

    private static IEnumerable<Measurement<double>> Observed(double? value) => value is { } known ? [new Measurement<double>(known)] : [];

    /// <summary>Runs a job within an activity, and measures it.</summary>
    internal static async Task<T> RunAsync<T>(string job, Func<Task<T>> work)
    {
        long started = Stopwatch.GetTimestamp();
        using Activity? activity = Telemetry.Start(Source, job);
        try
        {
            T result = await work().ConfigureAwait(false);
            Record(job, started, null);
            return result;
        }
        catch (Exception error)
        {
            Telemetry.Fail(activity, error);
            Record(job, started, error);
            throw;
        }
    }

    private static void Record(string job, long started, Exception? error)
    {
        if (!Duration.Enabled) return;
        var tags = new TagList { { JobTag, job } };
        if (error is not null) tags.Add(TagNames.ErrorType, Telemetry.TypeOf(error));
        Telemetry.AddRun(ref tags);
        Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }
}
