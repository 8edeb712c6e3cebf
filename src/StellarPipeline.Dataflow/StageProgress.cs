namespace StellarPipeline.Dataflow;

/// <summary>What a stage has done up to one moment. The difference of two values shows how it spent the time between them.</summary>
/// <param name="Name">Name of the stage.</param>
/// <param name="Workers">Number of bodies that may run at the same time.</param>
/// <param name="Items">Items taken.</param>
/// <param name="Busy">Time spent working, summed over workers.</param>
/// <param name="WaitingForInput">Time spent waiting for input, summed over workers.</param>
/// <param name="WaitingForOutput">Time spent waiting for room downstream, summed over workers.</param>
/// <param name="External">The part of <paramref name="Busy"/> spent in external operations.</param>
/// <param name="Queued">Items waiting in front of the stage.</param>
/// <param name="Capacity">Maximum number of items that may wait there; 0 if unknown, or for a source.</param>
public sealed record StageProgress(
    string Name, int Workers, long Items, TimeSpan Busy, TimeSpan WaitingForInput, TimeSpan WaitingForOutput, TimeSpan External, int Queued,
    int Capacity)
{
    /// <summary>Reads the progress of a stage of a graph.</summary>
    /// <param name="stage">The stage.</param>
    public static StageProgress Of(StageGraph.StageStatus stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return Of(stage.Counters) with { Queued = stage.QueuedItems, Capacity = stage.CapacityItems };
    }

    /// <summary>Reads the progress from counters alone.</summary>
    /// <param name="counters">The counters.</param>
    public static StageProgress Of(StageCounters counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        return new StageProgress(
            counters.Stage, counters.Workers, counters.Received, counters.Busy, counters.WaitingForInput, counters.WaitingForOutput,
            counters.External, 0, 0);
    }
}
