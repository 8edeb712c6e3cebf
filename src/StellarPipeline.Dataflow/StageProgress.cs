namespace StellarPipeline.Dataflow;

/// <summary>What a stage has done up to one moment: the difference of two shows how it spent the time in between.</summary>
/// <param name="Name">Name of the stage.</param>
/// <param name="Workers">Bodies that may run at the same time.</param>
/// <param name="Items">Items taken.</param>
/// <param name="Busy">Time spent working, summed over workers.</param>
/// <param name="WaitingForInput">Time spent waiting for something to do.</param>
/// <param name="WaitingForOutput">Time spent waiting for room downstream.</param>
/// <param name="External">The part of <paramref name="Busy"/> that was spent outside this process.</param>
/// <param name="Queued">Items that wait in front of the stage.</param>
/// <param name="Capacity">Most items that may wait there; 0 where that is not known, or for a source.</param>
public sealed record StageProgress(
    string Name, int Workers, long Items, TimeSpan Busy, TimeSpan WaitingForInput, TimeSpan WaitingForOutput, TimeSpan External, int Queued,
    int Capacity)
{
    /// <summary>Looks at a stage of a graph.</summary>
    /// <param name="stage">The stage.</param>
    public static StageProgress Of(StageGraph.StageStatus stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return Of(stage.Counters) with { Queued = stage.QueuedItems, Capacity = stage.CapacityItems };
    }

    /// <summary>Looks at counters alone.</summary>
    /// <param name="counters">The counters.</param>
    public static StageProgress Of(StageCounters counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        return new StageProgress(
            counters.Stage, counters.Workers, counters.Received, counters.Busy, counters.WaitingForInput, counters.WaitingForOutput,
            counters.External, 0, 0);
    }
}
