using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace StellarPipeline.Dataflow;

/// <summary>
/// Publishes the counters of all existing graphs as instruments of this library's meter. Names follow OpenTelemetry, units follow UCUM.
/// </summary>
/// <remarks>Stages with the same name in graphs of the same run form one time series: their numbers are summed.</remarks>
internal sealed class StageMetrics
{
    private ImmutableArray<Registration> graphs = [];

    public StageMetrics(Meter meter)
    {
        meter.CreateObservableCounter(TagNames.Name("stage.time"), Times, "s",
            "Time per stage, summed over workers; tag state: busy, waiting_input, waiting_output.");
        meter.CreateObservableCounter(
            TagNames.Name("stage.items"), () => Measure(stage => stage.Counters.Received), "{item}", "Messages taken by a stage.");
        meter.CreateObservableGauge(
            TagNames.Name("link.length"), () => Measure(stage => stage.QueuedItems), "{item}", "Messages waiting in front of a stage.");
        meter.CreateObservableGauge(TagNames.Name("link.limit"), () => Measure(stage => stage.CapacityItems), "{item}",
            "Maximum number of messages that may wait in front of a stage.");
        meter.CreateObservableGauge(
            TagNames.Name("memory.in_flight"), InFlight, "By", "Bytes lent by the byte budgets of the graphs.");
    }

    /// <summary>Adds a graph.</summary>
    /// <param name="stages">Returns its current stages.</param>
    /// <param name="budget">Its byte budget; null for none.</param>
    /// <returns>Dispose it to remove the graph.</returns>
    public IDisposable Add(Func<IReadOnlyList<StageGraph.StageStatus>> stages, ByteBudget? budget)
    {
        var graph = new Registration(this, Telemetry.Run, stages, budget);
        ImmutableInterlocked.Update(ref graphs, static (all, one) => all.Add(one), graph);
        return graph;
    }

    private IEnumerable<Measurement<double>> Times() =>
        from stage in Stages()
        from time in new (string State, TimeSpan Time)[]
        {
            ("busy", stage.Status.Counters.Busy),
            ("waiting_input", stage.Status.Counters.WaitingForInput),
            ("waiting_output", stage.Status.Counters.WaitingForOutput),
        }
        group time.Time.TotalSeconds by (stage.Run, stage.Status.Counters.Stage, time.State) into series
        select new Measurement<double>(
            series.Sum(), Tags(series.Key.Run, new(TagNames.Stage, series.Key.Stage), new("state", series.Key.State)));

    private IEnumerable<Measurement<long>> Measure(Func<StageGraph.StageStatus, long> value) =>
        from stage in Stages()
        group value(stage.Status) by (stage.Run, stage.Status.Counters.Stage) into series
        select new Measurement<long>(
            series.Sum(), Tags(series.Key.Run, new KeyValuePair<string, object?>(TagNames.Stage, series.Key.Stage)));

    private IEnumerable<Measurement<long>> InFlight() =>
        from graph in graphs
        where graph.Budget is not null
        group graph.Budget by graph.Run into budgets
        select new Measurement<long>(budgets.Distinct().Sum(budget => budget.LentBytes), Tags(budgets.Key));

    private IEnumerable<(string? Run, StageGraph.StageStatus Status)> Stages() =>
        graphs.SelectMany(graph => graph.Stages().Select(stage => (graph.Run, stage)));

    private static KeyValuePair<string, object?>[] Tags(string? run, params KeyValuePair<string, object?>[] tags) =>
        run is null ? tags : [.. tags, new(TagNames.Run, run)];

    private sealed record Registration(
        StageMetrics Owner, string? Run, Func<IReadOnlyList<StageGraph.StageStatus>> Stages, ByteBudget? Budget) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref Owner.graphs, static (all, one) => all.Remove(one), this);
    }
}
