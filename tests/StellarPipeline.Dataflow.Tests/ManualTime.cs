namespace StellarPipeline.Dataflow.Tests;

/// <summary>A clock that stands still until a test moves it on.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock sync = new();
    private readonly List<Timer> timers = [];
    private TimeSpan now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (sync) return now.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state), period);
        timer.Change(dueTime, period);
        lock (sync) timers.Add(timer);
        return timer;
    }

    /// <summary>Moves the clock on, in steps, so that whoever waits for a tick has time to look around before the next.</summary>
    public async Task AdvanceAsync(TimeSpan time, TimeSpan step)
    {
        for (TimeSpan end = now + time; now < end;)
        {
            Timer[] due;
            lock (sync)
            {
                now += step;
                due = [.. timers.Where(timer => timer.IsDue(now))];
            }

            foreach (Timer timer in due) timer.Fire();
            await Task.Delay(1);
        }
    }

    private sealed class Timer(ManualTime owner, Action fire, TimeSpan period) : ITimer
    {
        private TimeSpan next = TimeSpan.MaxValue;

        public bool IsDue(TimeSpan time)
        {
            if (time < next) return false;
            next += period;
            return true;
        }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (owner.sync) next = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : owner.now + dueTime;
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
