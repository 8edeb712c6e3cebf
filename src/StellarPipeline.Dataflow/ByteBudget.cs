namespace StellarPipeline.Dataflow;

/// <summary>Limits the bytes in flight between stages. Dataflow blocks limit the number of messages, not their memory.</summary>
/// <remarks>
/// A request waits while the lent bytes would exceed the limit. A request larger than the limit is granted when nothing else is lent, so
/// that a single large message cannot block forever. Requests are granted in order. Thread-safe.
/// A caller that keeps borrowed bytes (such as an accumulator with open batches) must leave room for the largest single request; otherwise
/// the graph can deadlock.
/// </remarks>
public sealed class ByteBudget
{
    private readonly Lock gate = new();
    private readonly LinkedList<Request> waiting = [];
    private long lent;
    private long peak;

    /// <summary>Creates a budget.</summary>
    /// <param name="limitBytes">Maximum number of bytes lent at a time, at least 1.</param>
    public ByteBudget(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limitBytes, 1);
        LimitBytes = limitBytes;
    }

    /// <summary>Maximum number of bytes lent at a time.</summary>
    public long LimitBytes { get; }

    /// <summary>Bytes currently lent.</summary>
    public long LentBytes { get { lock (gate) return lent; } }

    /// <summary>The largest number of bytes lent at a time so far.</summary>
    public long PeakBytes { get { lock (gate) return peak; } }

    /// <summary>Borrows bytes; waits until they are available.</summary>
    /// <param name="bytes">Number of bytes, zero or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when the bytes are lent.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled during the wait; nothing is lent.</exception>
    public ValueTask AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (waiting.Count == 0 && Fits(bytes))
            {
                Lend(bytes);
                return ValueTask.CompletedTask;
            }

            var request = new Request(bytes);
            LinkedListNode<Request> node = waiting.AddLast(request);
            request.Cancellation = cancellationToken.UnsafeRegister(_ => Withdraw(node, cancellationToken), null);
            return new ValueTask(request.Granted.Task);
        }
    }

    /// <summary>Borrows bytes without waiting, even above the limit. For a stage that must not wait because others wait for it.</summary>
    /// <param name="bytes">Number of bytes, zero or more; small compared with the limit.</param>
    public void Overdraw(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (gate) Lend(bytes);
    }

    /// <summary>Returns borrowed bytes.</summary>
    /// <param name="bytes">Number of bytes, as borrowed.</param>
    /// <exception cref="InvalidOperationException">More bytes were returned than are lent: a bug in the caller.</exception>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        List<Request>? granted;
        lock (gate)
        {
            if (bytes > lent) throw new InvalidOperationException($"{bytes:N0} bytes were returned to a budget that has lent {lent:N0}.");
            lent -= bytes;
            granted = Grant();
        }

        Tell(granted);
    }

    // Called under the lock; grants the first requests as far as they fit.
    private List<Request>? Grant()
    {
        List<Request>? granted = null;
        while (waiting.First is { } first && Fits(first.Value.Bytes))
        {
            waiting.RemoveFirst();
            Lend(first.Value.Bytes);
            (granted ??= []).Add(first.Value);
        }

        return granted;
    }

    private static void Tell(List<Request>? granted)
    {
        foreach (Request request in granted ?? [])
        {
            request.Cancellation.Dispose();
            request.Granted.TrySetResult();
        }
    }

    private bool Fits(long bytes) => lent == 0 || lent + bytes <= LimitBytes;

    private void Lend(long bytes)
    {
        lent += bytes;
        peak = Math.Max(peak, lent);
    }

    private void Withdraw(LinkedListNode<Request> node, CancellationToken cancellationToken)
    {
        List<Request>? granted;
        lock (gate)
        {
            if (node.List is null) return; // Granted at the same time: the caller owns the bytes.
            waiting.Remove(node);

            // The requests behind it may have waited only for this one.
            granted = Grant();
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
        Tell(granted);
    }

    private sealed class Request(long bytes)
    {
        public long Bytes { get; } = bytes;

        // Continuations must not run under the lock of the caller that returns bytes.
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenRegistration Cancellation { get; set; }
    }
}
