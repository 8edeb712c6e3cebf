using System.Net;

namespace StellarPipeline.Dataflow;

/// <summary>
/// Connects to a server with several addresses, trying them in parallel, so that an address that drops packets costs only a short delay and
/// not a time-out.
/// </summary>
/// <remarks>
/// RFC 8305 ("Happy Eyeballs"), sections 4 and 5: the address families alternate, each address has a head start of 250 ms, and after a
/// failure the next address is tried at once. The first connection wins.
/// </remarks>
internal static class AddressRace
{
    /// <summary>Time that an address is tried alone before the next one is tried as well (RFC 8305, section 5).</summary>
    public static TimeSpan HeadStart { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Sorts addresses into the order in which they are tried.</summary>
    /// <param name="addresses">The addresses, in the resolver's order.</param>
    /// <param name="port">The port.</param>
    /// <param name="remembered">The address that worked last time, which is tried first; null for none.</param>
    public static IReadOnlyList<AddressTry> Order(IReadOnlyList<IPAddress> addresses, int port, IPAddress? remembered)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var ordered = new List<IPAddress>();
        if (remembered is not null && addresses.Contains(remembered))
            ordered.Add(remembered);
        List<IPAddress>[] families =
            [.. addresses.Except(ordered).GroupBy(address => address.AddressFamily).Select(family => family.ToList())];
        for (int i = 0; families.Any(family => i < family.Count); i++)
            ordered.AddRange(families.Where(family => i < family.Count).Select(family => family[i]));
        return [.. ordered.Select(address => new AddressTry(new IPEndPoint(address, port)))];
    }

    /// <summary>Connects.</summary>
    /// <typeparam name="T">Type of a connection.</typeparam>
    /// <param name="tries">The addresses, in order; the outcome of each is recorded here.</param>
    /// <param name="connect">Connects to one address.</param>
    /// <param name="drop">Closes a connection that lost the race.</param>
    /// <param name="timeProvider">Measures the head start.</param>
    /// <param name="cancellationToken">Cancels the race.</param>
    /// <returns>The first connection.</returns>
    /// <exception cref="NoAddressAnsweredException">Every address failed.</exception>
    public static async Task<T> RunAsync<T>(
        IReadOnlyList<AddressTry> tries, Func<IPEndPoint, CancellationToken, Task<T>> connect, Action<T> drop, TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tries);
        ArgumentNullException.ThrowIfNull(connect);
        ArgumentNullException.ThrowIfNull(drop);
        var running = new List<Task<T>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task? headStart = null;
            for (int next = 0; ;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (next < tries.Count && headStart is null or { IsCompleted: true })
                {
                    running.Add(TryAsync(tries[next++], connect, stop.Token));
                    headStart = next < tries.Count ? Task.Delay(HeadStart, timeProvider, stop.Token) : null;
                }

                if (running.Count == 0)
                    throw new NoAddressAnsweredException(tries);
                Task ended = await Task.WhenAny(headStart is null ? running : [.. running, headStart]).ConfigureAwait(false);
                if (ended is not Task<T> attempt)
                    continue;
                running.Remove(attempt);
                if (attempt.IsCompletedSuccessfully)
                    return await attempt.ConfigureAwait(false);
                Observe(attempt);
                headStart = null;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (Task<T> late in running)
            {
                _ = late.ContinueWith(ended => Close(ended, drop), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }

    private static async Task<T> TryAsync<T>(
        AddressTry attempt, Func<IPEndPoint, CancellationToken, Task<T>> connect, CancellationToken cancellationToken)
    {
        attempt.Begin();
        try
        {
            T connection = await connect(attempt.Address, cancellationToken).ConfigureAwait(false);
            attempt.Succeed();
            return connection;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            attempt.Fail(CauseText.Of(error));
            throw;
        }
    }

    private static void Close<T>(Task<T> late, Action<T> drop)
    {
        if (late.IsCompletedSuccessfully)
            drop(late.Result);
        else
            Observe(late);
    }

    // The failure is recorded in the address; nobody awaits this task.
    private static void Observe(Task failed) => _ = failed.Exception;
}
