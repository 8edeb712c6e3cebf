using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace StellarPipeline.Dataflow.Tests;

public sealed class RunAttemptsTests
{
    private readonly WaitingTime time = new();
    private readonly LogLines log = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RunAsync_PassingFailuresBeforeTheEnd_AreTriedAgainWithTheWaitsOfTheBackoff(int goodAttempt)
    {
        int result =
            await Attempts().RunAsync((number, _) => number < goodAttempt ? throw new TimeoutException("late") : Task.FromResult(number));

        Assert.Equal(goodAttempt, result);
        Assert.Equal(Enumerable.Range(0, goodAttempt - 1).Select(failure => TimeSpan.FromSeconds(1 << failure)), time.Waits);
        Assert.Equal(goodAttempt - 1,
            log.Lines.Count(line => line.Contains("of 3 failed; the transfer starts again in ", StringComparison.Ordinal)));
        Assert.All(log.Lines.Where(line => line.StartsWith("5011 Warning", StringComparison.Ordinal)),
            line => Assert.EndsWith(" s. Nothing is left of it. Cause: late", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_WithoutAConsequence_LogsSingleSpacesOnly()
    {
        var options = new RunAttemptsOptions { Backoff = Backoff.Steady(TimeSpan.Zero), IsPassing = _ => true, Work = "the request" };

        await new RunAttempts(options, log).RunAsync(
            (number, _) => number < 2 ? throw new TimeoutException("late") : Task.FromResult(number));

        Assert.Equal("5011 Warning: Attempt 1 of 3 failed; the request starts again in 0.0 s. Cause: late", log.Lines[0]);
    }

    [Fact]
    public async Task RunAsync_EveryAttemptFails_ThrowsTheLastFailureAsItIs()
    {
        var last = new TimeoutException("last");

        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(
            () => Attempts().RunAsync<int>((number, _) => throw (number == 3 ? last : new TimeoutException("earlier"))));

        Assert.Same(last, thrown);
        Assert.Equal(2, time.Waits.Count);
        Assert.Contains("5012 Warning: Attempt 3 of 3 failed too. There are no more attempts.", log.Lines);
    }

    [Fact]
    public async Task RunAsync_FailureThatDoesNotPass_EndsAtOnceUnwrapped()
    {
        int calls = 0;

        await Assert.ThrowsAsync<FormatException>(() => Attempts().RunAsync<int>((_, _) =>
        {
            calls++;
            throw new FormatException("damaged");
        }));

        Assert.Equal(1, calls);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task RunAsync_CancelledDuringAnAttempt_ThrowsTheFailureAndTriesNoMore()
    {
        using var stop = new CancellationTokenSource();
        int calls = 0;

        await Assert.ThrowsAsync<TimeoutException>(() => Attempts().RunAsync<int>(
            (_, _) =>
            {
                calls++;
                stop.Cancel();
                throw new TimeoutException("late");
            },
            stop.Token));

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task RunAsync_CancelledDuringAWait_EndsTheWait()
    {
        using var stop = new CancellationTokenSource();
        time.OnWait = stop.Cancel;
        int calls = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Attempts().RunAsync<int>(
            (_, _) =>
            {
                calls++;
                throw new TimeoutException("late");
            },
            stop.Token));

        Assert.Equal(1, calls);
    }

    [Fact]
    public void Constructor_NoAttempts_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RunAttempts(new RunAttemptsOptions { Attempts = 0 }));

    [Fact]
    public async Task RunAsync_Listeners_SeeOneActivityPerAttemptAndOneRetryPerFailure()
    {
        const string work = "a transfer that is listened to";
        var activities = new List<Activity>();
        using var activityListener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DataflowTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("pipeline.work"), work)) activities.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(activityListener);
        var retries = new List<(string Unit, long Value, Dictionary<string, object?> Tags)>();
        using var meterListener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument is { Meter.Name: DataflowTelemetry.Name, Name: "pipeline.attempts.retries" })
                    self.EnableMeasurementEvents(instrument);
            },
        };
        meterListener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Dictionary<string, object?> all = tags.ToArray().ToDictionary();
            if (Equals(all["pipeline.work"], work)) retries.Add((instrument.Unit!, value, all));
        });
        meterListener.Start();

        using (Telemetry.BeginRun("run 1"))
            await Attempts(work).RunAsync((number, _) => number < 3 ? throw new TimeoutException("late") : Task.FromResult(number));

        Assert.Equal([1, 2, 3], activities.Select(activity => activity.GetTagItem("pipeline.attempt.number")));
        Assert.Equal(
            [ActivityStatusCode.Error, ActivityStatusCode.Error, ActivityStatusCode.Unset],
            activities.Select(activity => activity.Status));
        Assert.All(activities,
            activity => Assert.Equal(("pipeline.attempt", "run 1"), (activity.OperationName, activity.GetTagItem("pipeline.run"))));
        Assert.Equal("TimeoutException", activities[0].GetTagItem("error.type"));
        Assert.Equal(2, retries.Count);
        Assert.All(retries, retry =>
        {
            Assert.Equal(("{retry}", 1L), (retry.Unit, retry.Value));
            Assert.Equal(("TimeoutException", "run 1"), (retry.Tags["error.type"], retry.Tags["pipeline.run"]));
        });
        Assert.Null(Telemetry.Run);
    }

    private RunAttempts Attempts(string work = "the transfer") => new(
        new RunAttemptsOptions
        {
            Backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), jitter: 0, time),
            IsPassing = error => error is TimeoutException,
            Work = work,
            Consequence = "Nothing is left of it.",
        },
        log);

    /// <summary>
    /// A clock on which every wait is over at once, unless something is done instead, and which keeps how long each was to be.
    /// </summary>
    private sealed class WaitingTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public Action? OnWait { get; set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            OnWait?.Invoke();
            return System.CreateTimer(callback, state, OnWait is null ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class LogLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                Lines.Add($"{eventId.Id} {logLevel}: {formatter(state, exception)}");
    }
}
