using System.Globalization;
using System.Text;

namespace StellarPipeline.Dataflow;

/// <summary>Ends a run in which nothing moves any more: a hang after a lost wake-up becomes an error that shows where it hung.</summary>
internal sealed class StallWatchdog(
    Func<IReadOnlyList<StageGraph.StageStatus>> stages, Func<bool> isWaitingOutside, TimeSpan limit, TimeProvider time)
{
    /// <summary>Checks until the token is cancelled; throws if nothing has moved for the limit.</summary>
    /// <exception cref="StallException">Nothing moved and no external operation was under way.</exception>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(limit / 4, time);

        // The wait itself does not use the token: on cancellation, PeriodicTimer throws an exception that resolves the symbols of the whole
        // stack, and loads assemblies for that.
        using CancellationTokenRegistration ending =
            cancellationToken.UnsafeRegister(static ended => ((PeriodicTimer)ended!).Dispose(), timer);
        (long Progress, long Since) last = (-1, time.GetTimestamp());
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            IReadOnlyList<StageGraph.StageStatus> now = stages();
            long progress = now.Sum(stage => stage.Counters.Received + stage.Counters.Sent);
            bool external = isWaitingOutside() || now.Any(stage => stage.Counters.InExternalOperation);
            if (progress != last.Progress || external) last = (progress, time.GetTimestamp());
            else if (time.GetElapsedTime(last.Since) >= limit) throw new StallException(limit, Describe(now));
        }
    }

    private static string Describe(IReadOnlyList<StageGraph.StageStatus> stages)
    {
        var table = new StringBuilder();
        foreach (StageGraph.StageStatus stage in stages)
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {stage.Counters.Stage,-12} queued {stage.QueuedItems}/{stage.CapacityItems}, received {stage.Counters.Received}, sent "
                    + $"{stage.Counters.Sent}, busy {stage.Counters.Busy.TotalSeconds:F1} s, ended: {stage.HasEnded}");
        }

        return table.ToString();
    }
}
