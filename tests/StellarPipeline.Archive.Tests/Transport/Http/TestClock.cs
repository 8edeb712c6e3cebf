namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>A clock without waiting: short timers are due at once and move the clock on, long ones only when the test says so.</summary>
internal sealed class TestClock : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(10);

    private readonly Lock sync = new();
    private readonly List<(TestTimer Timer, TimeSpan Length)> waiting = [];
    private readonly List<(TaskCompletionSource Begun, TimeSpan Length)> watching = [];
    private readonly List<TimeSpan> delays = [];
    private DateTimeOffset now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A time-out that never ends by itself.</summary>
    public static TimeSpan Long { get; } = TimeSpan.FromHours(1);

    /// <summary>Every short wait that anybody asked for, in order.</summary>
    public IReadOnlyList<TimeSpan> Delays
    {
        get
        {
            lock (sync)
                return [.. delays];
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (sync)
            return now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Ends when somebody waits as long as that, at once where somebody does already.</summary>
    public Task LongWaitAsync(TimeSpan length)
    {
        lock (sync)
        {
            if (waiting.Any(wait => wait.Length == length))
                return Task.CompletedTask;
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            watching.Add((begun, length));
            return begun.Task.WaitAsync(Deadline.Token);
        }
    }

    /// <summary>Lets every long wait end now.</summary>
    public void ElapseLongWaits()
    {
        TestTimer[] due;
        lock (sync)
        {
            due = [.. waiting.Select(wait => wait.Timer)];
            waiting.Clear();
            now += Long;
        }

        foreach (TestTimer timer in due)
            timer.Fire();
    }

    private void Schedule(TestTimer timer, TimeSpan dueTime)
    {
        lock (sync)
        {
            waiting.RemoveAll(wait => wait.Timer == timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            if (dueTime >= Short)
            {
                waiting.Add((timer, dueTime));
                foreach ((TaskCompletionSource begun, _) in watching.Where(watch => watch.Length == dueTime))
                    begun.TrySetResult();
                watching.RemoveAll(watch => watch.Length == dueTime);
                return;
            }

            delays.Add(dueTime);
            now += dueTime;
        }

        ThreadPool.QueueUserWorkItem(static due => due.Fire(), timer, preferLocal: false);
    }

    private void Remove(TestTimer timer)
    {
        lock (sync)
            waiting.RemoveAll(wait => wait.Timer == timer);
    }

    private sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Schedule(this, dueTime);
            return true;
        }

        public void Fire()
        {
            if (!Volatile.Read(ref disposed))
                callback(state);
        }

        public void Dispose()
        {
            Volatile.Write(ref disposed, true);
            clock.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
