namespace StellarPipeline.Dataflow;

/// <summary>Limits the bytes that are in flight between stages. Blocks count messages; memory is bytes.</summary>
/// <remarks>
/// A request waits while the bytes lent would exceed the limit. One request larger than the limit is granted when nothing else is lent, so
/// that a single large message cannot block for ever. Requests are granted in the order in which they came. Thread-safe.
/// Whoever holds lent bytes without passing them on (an accumulator with open batches) must leave room for the largest single request, else
/// the graph could dead-lock.
/// </remarks>
public sealed class ByteBudget
{
    private readonly Lock gate = new();
    private readonly LinkedList<Request> waiting = [];
    private long lent;
    private long peak;

    /// <summary>Makes a budget.</summary>
    /// <param name="limitBytes">Most bytes lent at a time, at least 1.</param>
    public ByteBudget(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limitBytes, 1);
        LimitBytes = limitBytes;
    }

    /// <summary>Most bytes lent at a time.</summary>
    public long LimitBytes { get; }

    /// <summary>Bytes lent now.</summary>
    public long LentBytes { get { lock (gate) return lent; } }

    /// <summary>The most bytes that were ever lent at a time.</summary>
    public long PeakBytes { get { lock (gate) return peak; } }

    /// <summary>Borrows bytes, waiting until they are free.</summary>
    /// <param name="bytes">Bytes, zero or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that ends when the bytes are lent.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting; nothing is lent then.</exception>
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

    /// <summary>
    /// Borrows bytes without waiting, even over the limit. For a stage that others wait for: it must not wait for them.
    /// </summary>
    /// <param name="bytes">Bytes, zero or more; few against the limit.</param>
    public void Overdraw(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (gate) Lend(bytes);
    }

    /// <summary>Gives borrowed bytes back.</summary>
    /// <param name="bytes">Bytes, as borrowed.</param>
    /// <exception cref="InvalidOperationException">More was given back than is lent: a bug in the caller.</exception>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        List<Request>? granted;
        lock (gate)
        {
            if (bytes > lent) throw new InvalidOperationException($"{bytes:N0} bytes were given back to a budget that has lent {lent:N0}.");
            lent -= bytes;
            granted = Grant();
        }

        Tell(granted);
    }

    // Under the lock: those at the head that fit now.
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
            if (node.List is null) return; // Granted at the same moment: the caller owns the bytes.
            waiting.Remove(node);

            // It may have been the only thing that those behind it waited for.
            granted = Grant();
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
        Tell(granted);
    }

    private sealed class Request(long bytes)
    {
        public long Bytes { get; } = bytes;

        // Continuations must not run under the lock of whoever gives bytes back.
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenRegistration Cancellation { get; set; }
    }
}
