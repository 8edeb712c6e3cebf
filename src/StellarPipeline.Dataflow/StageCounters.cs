using System.Diagnostics;

namespace StellarPipeline.Dataflow;

/// <summary>What one stage did: items, and how its time was spent. Thread-safe; written per coarse message, never per entry.</summary>
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

    /// <summary>Creates counters of zeros. The stages of a <see cref="StageGraph"/> have theirs from it.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="workers">How many workers run its body at the same time.</param>
    public StageCounters(string stage, int workers)
    {
        Stage = stage;
        Workers = workers;
    }

    /// <summary>Name of the stage.</summary>
    public string Stage { get; }

    /// <summary>How many workers run the stage's body at the same time.</summary>
    public int Workers { get; }

    /// <summary>Items taken from the stage's input.</summary>
    public long Received => Interlocked.Read(ref received);

    /// <summary>Items that the next stage accepted.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>Time spent working, summed over workers; waits for input and output excluded, external operations included.</summary>
    public TimeSpan Busy
    {
        get
        {
            // A body that runs for long, such as a source's, has its time counted while it runs.
            long since = Interlocked.Read(ref runningSince);
            long running = since == 0 ? 0 : Stopwatch.GetTimestamp() - since;
            return TimeSpan.FromSeconds(Math.Max(0, Interlocked.Read(ref busyTicks) + running) / (double)Stopwatch.Frequency);
        }
    }

    /// <summary>Time spent waiting for something to do, summed over workers.</summary>
    public TimeSpan WaitingForInput => Elapsed(ref inputWaitTicks);

    /// <summary>Time spent waiting for room in the next stage, or in the byte budget, summed over workers.</summary>
    public TimeSpan WaitingForOutput => Elapsed(ref outputWaitTicks);

    /// <summary>The part of <see cref="Busy"/> that was spent in external operations (a server, the network).</summary>
    public TimeSpan External => Elapsed(ref externalTicks);

    /// <summary>Whether an operation outside this process is under way in this stage.</summary>
    internal bool InExternalOperation => Volatile.Read(ref externalOperations) > 0 || IsWaitingOutside?.Invoke() == true;

    /// <summary>
    /// Asked by the watchdog where the stage itself cannot tell when such an operation begins; null for a stage that can.
    /// </summary>
    internal Func<bool>? IsWaitingOutside { get; init; }

    /// <summary>
    /// Runs the body of a stage with one worker for one item: counts the item, its time as busy, and the time since the item before as
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

    /// <summary>Marks an operation whose length this process does not control, so that the watchdog does not take it for a stall.</summary>
    /// <returns>A scope; dispose it when the operation has ended.</returns>
    public ExternalOperation BeginExternalOperation()
    {
        Interlocked.Increment(ref externalOperations);
        return new ExternalOperation(this, Stopwatch.GetTimestamp());
    }

    /// <summary>
    /// Moves time that a body spent waiting for its own input from busy to waiting (a source that reads ahead, for example).
    /// </summary>
    /// <param name="waited">How long it waited.</param>
    public void AddInputWait(TimeSpan waited) => MoveFromBusy(ref inputWaitTicks, waited);

    /// <summary>Moves time that a body spent waiting for room downstream from busy to waiting (in the byte budget, for example).</summary>
    /// <param name="waited">How long it waited.</param>
    public void AddOutputWait(TimeSpan waited) => MoveFromBusy(ref outputWaitTicks, waited);

    /// <summary>From here on the stage waits for something outside the graph; this is not counted as its own time.</summary>
    internal void EnterOutside() => Interlocked.Increment(ref externalOperations);

    internal void LeaveOutside() => Interlocked.Decrement(ref externalOperations);

    /// <summary>The one body of a stage with one worker begins.</summary>
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
