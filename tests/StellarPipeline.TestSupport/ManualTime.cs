namespace StellarPipeline.TestSupport;

/// <summary>A clock that stands still until a test moves it on.</summary>
public sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly Lock sync = new();
    private readonly List<Timer> timers = [];
    private TimeSpan now;
    private long looks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (sync)
        {
            looks++;
            return now.Ticks;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (sync) timers.Add(timer);
        return timer;
    }

    /// <summary>Moves the clock on and fires the timers that are due.</summary>
    /// <param name="step">How far. Not longer than the period of any timer: each fires once at most.</param>
    public void Advance(TimeSpan step) => _ = Fire(step);

    /// <summary>
    /// Moves the clock on, in steps, to the end of a time or of a run. Before each step, waits until there is a timer; after each step that
    /// lets one fire, waits until somebody has looked at the clock. A watchdog looks once at each tick, however late it comes to it.
    /// </summary>
    /// <param name="time">How far at most.</param>
    /// <param name="step">The step.</param>
    /// <param name="run">The run that is watched; at its end nobody looks any more.</param>
    /// <exception cref="OperationCanceledException">It took two minutes.</exception>
    public async Task AdvanceAsync(TimeSpan time, TimeSpan step, Task run)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var deadline = new CancellationTokenSource(Deadline);
        for (TimeSpan passed = TimeSpan.Zero; passed < time && !run.IsCompleted; passed += step)
        {
            // Between the end of a watch and the end of its run nobody may have a timer yet.
            while (!HasTimers() && !run.IsCompleted) await Task.Delay(1, deadline.Token);
            if (Fire(step) is not { } before) continue;
            while (Looks() == before && !run.IsCompleted) await Task.Delay(1, deadline.Token);
        }
    }

    /// <summary>The number of looks before the timers fired; null if none was due.</summary>
    private long? Fire(TimeSpan step)
    {
        Timer[] due;
        long before;
        lock (sync)
        {
            now += step;
            before = looks;
            due = [.. timers.Where(timer => timer.IsDue(now))];
        }

        foreach (Timer timer in due) timer.Fire();
        return due.Length > 0 ? before : null;
    }

    private long Looks()
    {
        lock (sync) return looks;
    }

    private bool HasTimers()
    {
        lock (sync) return timers.Count > 0;
    }

    private sealed class Timer(ManualTime owner, Action fire) : ITimer
    {
        private TimeSpan next = TimeSpan.MaxValue;
        private TimeSpan period = Timeout.InfiniteTimeSpan;

        /// <summary>Whether it is due; then it is set for the next time. Call it in the clock's lock.</summary>
        public bool IsDue(TimeSpan time)
        {
            if (time < next) return false;
            next = period > TimeSpan.Zero ? next + period : TimeSpan.MaxValue;
            return true;
        }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (owner.sync)
            {
                next = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : owner.now + dueTime;
                period = newPeriod;
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner.sync) owner.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
