using System.Diagnostics;

namespace StellarPipeline.Dataflow;

/// <summary>Counts the items of one stage and how its time was spent. Thread-safe; updated once per message, never per entry.</summary>
public sealed class StageCounters
{
    private long busyTicks;
    private long inputWaitTicks;
    private long outputWaitTicks;
    private long externalTicks;
    private long received;
    private long sent;
    private int externalOperations;
    private long lastEnd;
    private long runningSince;

    /// <summary>Creates counters that start at zero. A <see cref="StageGraph"/> creates those of its stages.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="workers">Number of workers that run its body at the same time.</param>
    public StageCounters(string stage, int workers)
    {
        Stage = stage;
        Workers = workers;
    }

    /// <summary>Name of the stage.</summary>
    public string Stage { get; }

    /// <summary>Number of workers that run the stage's body at the same time.</summary>
    public int Workers { get; }

    /// <summary>Items taken from the stage's input.</summary>
    public long Received => Interlocked.Read(ref received);

    /// <summary>Items accepted by the next stage.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>Time spent working, summed over workers; without waits for input and output, with external operations.</summary>
    public TimeSpan Busy
    {
        get
        {
            // A body that runs for a long time, such as a source's, is counted while it runs.
            long since = Interlocked.Read(ref runningSince);
            long running = since == 0 ? 0 : Stopwatch.GetTimestamp() - since;
            return TimeSpan.FromSeconds(Math.Max(0, Interlocked.Read(ref busyTicks) + running) / (double)Stopwatch.Frequency);
        }
    }

    /// <summary>Time spent waiting for input, summed over workers.</summary>
    public TimeSpan WaitingForInput => Elapsed(ref inputWaitTicks);

    /// <summary>Time spent waiting for room in the next stage or in the byte budget, summed over workers.</summary>
    public TimeSpan WaitingForOutput => Elapsed(ref outputWaitTicks);

    /// <summary>The part of <see cref="Busy"/> spent in external operations (a server, the network).</summary>
    public TimeSpan External => Elapsed(ref externalTicks);

    /// <summary>True while an operation outside this process is under way in this stage.</summary>
    internal bool InExternalOperation => Volatile.Read(ref externalOperations) > 0 || IsWaitingOutside?.Invoke() == true;

    /// <summary>
    /// Tells the watchdog that such an operation is under way, for a stage that cannot mark its beginning itself; null for other stages.
    /// </summary>
    internal Func<bool>? IsWaitingOutside { get; init; }

    /// <summary>
    /// Runs the body of a stage with one worker for one item. Counts the item, its time as busy, and the time since the previous item as
    /// waiting for input.
    /// </summary>
    /// <param name="body">The work.</param>
    public async Task MeasureAsync(Func<ValueTask> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        CountReceived();
        long begin = Stopwatch.GetTimestamp();
        if (lastEnd != 0) AddIdle(begin - lastEnd, outputWasFull: false);
        BeginBody(begin);
        try
        {
            await body().ConfigureAwait(false);
        }
        finally
        {
            lastEnd = Stopwatch.GetTimestamp();
            EndBody(lastEnd - begin);
        }
    }

    /// <summary>Counts one item that the next stage has accepted.</summary>
    public void CountSent() => Interlocked.Increment(ref sent);

    /// <summary>Marks an operation whose duration this process does not control, so that the watchdog does not report a stall.</summary>
    /// <returns>A scope; dispose it when the operation has ended.</returns>
    public ExternalOperation BeginExternalOperation()
    {
        Interlocked.Increment(ref externalOperations);
        return new ExternalOperation(this, Stopwatch.GetTimestamp());
    }

    /// <summary>
    /// Moves time that a body spent waiting for its own input from busy to waiting, for example in a source that reads ahead.
    /// </summary>
    /// <param name="waited">How long it waited.</param>
    public void AddInputWait(TimeSpan waited) => MoveFromBusy(ref inputWaitTicks, waited);

    /// <summary>Moves time that a body spent waiting for room downstream from busy to waiting, for example in the byte budget.</summary>
    /// <param name="waited">How long it waited.</param>
    public void AddOutputWait(TimeSpan waited) => MoveFromBusy(ref outputWaitTicks, waited);

    /// <summary>Marks that the stage begins to wait for something outside the graph; this is not counted as the stage's time.</summary>
    internal void EnterOutside() => Interlocked.Increment(ref externalOperations);

    internal void LeaveOutside() => Interlocked.Decrement(ref externalOperations);

    /// <summary>Marks the start of a body, in a stage with one worker.</summary>
    internal void BeginBody(long timestamp) => Interlocked.Exchange(ref runningSince, timestamp);

    internal void EndBody(long ticks)
    {
        Interlocked.Exchange(ref runningSince, 0);
        AddBusy(ticks);
    }

    internal void AddBusy(long ticks) => Interlocked.Add(ref busyTicks, ticks);

    internal void AddIdle(long ticks, bool outputWasFull) =>
        Interlocked.Add(ref outputWasFull ? ref outputWaitTicks : ref inputWaitTicks, ticks);

    internal void CountReceived() => Interlocked.Increment(ref received);

    private void MoveFromBusy(ref long to, TimeSpan waited)
    {
        long ticks = (long)(waited.TotalSeconds * Stopwatch.Frequency);
        Interlocked.Add(ref to, ticks);
        Interlocked.Add(ref busyTicks, -ticks);
    }

    private static TimeSpan Elapsed(ref long ticks) =>
        TimeSpan.FromSeconds(Math.Max(0, Interlocked.Read(ref ticks)) / (double)Stopwatch.Frequency);

    /// <summary>The scope of one external operation.</summary>
    public readonly struct ExternalOperation : IDisposable
    {
        private readonly StageCounters owner;
        private readonly long started;

        internal ExternalOperation(StageCounters owner, long started)
        {
            this.owner = owner;
            this.started = started;
        }

        /// <summary>Ends the operation.</summary>
        public void Dispose()
        {
            Interlocked.Add(ref owner.externalTicks, Stopwatch.GetTimestamp() - started);
            Interlocked.Decrement(ref owner.externalOperations);
        }
    }
}
