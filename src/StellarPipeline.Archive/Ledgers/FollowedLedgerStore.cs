using System.Runtime.CompilerServices;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A data store that is still being written: at its end, reading waits for the next object.</summary>
/// <remarks>
/// Far from the end, many objects are fetched ahead. At the end, one object is requested at a time: when it is due, judged by the time
/// between earlier objects, and then after growing pauses. A damaged object may still be in the process of being written, so it is read
/// again a few times. From time to time, later objects are searched for, to distinguish a slow store from one with a gap.
/// </remarks>
/// <param name="store">The store; disposed with this source.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class FollowedLedgerStore(LedgerStore store, TimeProvider? time = null) : ILedgerSource
{
    private const uint MaxWindowObjects = 32;
    private const int PausesToLookBehind = 24;
    private const int MaxReadings = 5;

    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private TimeSpan interval = FirstInterval;
    private long foundAt;

    /// <inheritdoc/>
    public string Location => store.Location;

    /// <inheritdoc/>
    /// <remarks>An open range never ends by itself.</remarks>
    /// <exception cref="ArgumentException">The range has no first ledger: a store may begin anywhere.</exception>
    public async IAsyncEnumerable<LedgerBuffer> ReadAsync(
        LedgerRange range, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ulong next = range.First ?? throw new ArgumentException("A data store needs the first ledger of the range.", nameof(range));
        uint last = range.Last ?? uint.MaxValue;
        uint window = 1;
        int readings = 0;
        while (next <= last)
        {
            uint end = Math.Min(last, EndOf((uint)next, window));
            if (!await store.ContainsAsync(end, cancellationToken).ConfigureAwait(false))
            {
                if (window > 1) window /= 2;
                else await WaitAsync((uint)next, cancellationToken).ConfigureAwait(false);
                continue;
            }

            LedgerException? fault = null;
            IAsyncEnumerator<LedgerBuffer> ledgers =
                store.ReadAsync(new LedgerRange((uint)next, end), cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (ledgers.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await ledgers.MoveNextAsync().ConfigureAwait(false)) break;
                    }
                    catch (LedgerException error) when (IsPerhapsUnfinished(error) && ++readings < MaxReadings)
                    {
                        fault = error;
                        break;
                    }

                    readings = 0;
                    next++;
                    yield return ledgers.Current;
                }
            }

            if (fault is null) window = Math.Min(2 * window, MaxWindowObjects);
            else await PauseAsync(ShortestPause * (1 << readings), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static bool IsPerhapsUnfinished(LedgerException error) =>
        error.Code is LedgerErrorCode.Compression or LedgerErrorCode.Batch or LedgerErrorCode.Format or LedgerErrorCode.ObjectRange
            or LedgerErrorCode.Frame;

    private uint EndOf(uint ledger, uint objects)
    {
        ulong end = store.Layout.FirstOf(ledger) + ((ulong)store.Layout.LedgersPerObject * objects) - 1;
        return (uint)Math.Min(end, uint.MaxValue);
    }

    /// <summary>Waits until the object of a ledger is there.</summary>
    private async Task WaitAsync(uint ledger, CancellationToken cancellationToken)
    {
        // Wait until it is due: on a fast network, half of the requests would come too early.
        TimeSpan due = foundAt == 0 ? TimeSpan.Zero : interval - time.GetElapsedTime(foundAt);
        if (due > ShortestPause) await PauseAsync(due < LongestPause ? due : LongestPause, cancellationToken).ConfigureAwait(false);
        var pauses = new Backoff(Longer(ShortestPause, interval / 8),
            Longer(ShortestPause, interval < LongestPause ? interval : LongestPause), jitter: 0.2, time);
        for (int misses = 1; !await store.ContainsAsync(ledger, cancellationToken).ConfigureAwait(false); misses++)
        {
            if (misses % PausesToLookBehind == 0) await LookBehindAsync(ledger, cancellationToken).ConfigureAwait(false);
            // The first few pauses are short, because most objects come within them.
            await pauses.WaitAsync(Math.Max(1, misses - 4), cancellationToken).ConfigureAwait(false);
        }

        long now = time.GetTimestamp();
        // A moving average over about eight objects. Ledgers of one object arrive together.
        if (foundAt != 0) interval += (time.GetElapsedTime(foundAt, now) - interval) / 8;
        foundAt = now;
    }

    private async Task LookBehindAsync(uint ledger, CancellationToken cancellationToken)
    {
        try
        {
            // Throws if a later object exists; ends at once if none does.
            await foreach (LedgerBuffer found in store.ReadAsync(new LedgerRange(ledger, null), cancellationToken).ConfigureAwait(false))
            {
                found.Dispose();
                return;
            }
        }
        catch (LedgersMissingException)
        {
            // The store may have grown by several objects between the look for the first and the look for the later one.
            if (!await store.ContainsAsync(ledger, cancellationToken).ConfigureAwait(false)) throw;
        }
    }

    private Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
