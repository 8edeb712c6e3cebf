using System.Diagnostics.Metrics;

namespace StellarPipeline.Dataflow;

/// <summary>Publishes the counters of a running graph as instruments of the meter <see cref="MeterName"/>. Names follow OpenTelemetry, units UCUM.</summary>
public sealed class StageMetrics : IDisposable
{
    /// <summary>Name of the meter: <c>AddMeter("Pipeline")</c> in OpenTelemetry.</summary>
    public const string MeterName = "Pipeline";

    private readonly Meter meter = new(MeterName);

    internal StageMetrics(Func<IEnumerable<StageGraph.StageStatus>> stages, ByteBudget? budget)
    {
        meter.CreateObservableCounter("pipeline.stage.time", () => stages().SelectMany(Times), "s", "Time per stage, summed over workers; tag state: busy, waiting_input, waiting_output.");
        meter.CreateObservableCounter("pipeline.stage.items", () => stages().Select(stage => Measure(stage.Counters.Received, stage)), "{item}", "Messages that a stage has taken.");
        meter.CreateObservableGauge("pipeline.link.length", () => stages().Select(stage => Measure(stage.QueuedItems, stage)), "{item}", "Messages waiting in front of a stage.");
        meter.CreateObservableGauge("pipeline.link.limit", () => stages().Select(stage => Measure(stage.CapacityItems, stage)), "{item}", "Most messages that may wait in front of a stage.");
        if (budget is not null) meter.CreateObservableGauge("pipeline.memory.in_flight", () => budget.LentBytes, "By", "Bytes of rows on their way to the database.");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private static IEnumerable<Measurement<double>> Times(StageGraph.StageStatus stage)
    {
        KeyValuePair<string, object?> name = new("pipeline.stage", stage.Counters.Stage);
        yield return new Measurement<double>(stage.Counters.Busy.TotalSeconds, name, new("state", "busy"));
        yield return new Measurement<double>(stage.Counters.WaitingForInput.TotalSeconds, name, new("state", "waiting_input"));
        yield return new Measurement<double>(stage.Counters.WaitingForOutput.TotalSeconds, name, new("state", "waiting_output"));
    }

    private static Measurement<long> Measure(long value, StageGraph.StageStatus stage) => new(value, new KeyValuePair<string, object?>("pipeline.stage", stage.Counters.Stage));
}
