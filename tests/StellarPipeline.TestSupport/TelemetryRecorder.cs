using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using StellarPipeline.Dataflow;

namespace StellarPipeline.TestSupport;

/// <summary>Listens to the meter and the activity source of a library, and records those of its own run.</summary>
public sealed class TelemetryRecorder : IDisposable
{
    private readonly string run = Guid.NewGuid().ToString("N");
    private readonly ConcurrentQueue<Measured> measured = new();
    private readonly ConcurrentQueue<Activity> activities = new();
    private readonly MeterListener meters = new();
    private readonly ActivityListener sources;
    private readonly IDisposable scope;

    /// <summary>Begins a run and starts listening.</summary>
    /// <param name="name">Name of the meter and of the activity source.</param>
    public TelemetryRecorder(string name)
    {
        meters.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == name) self.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        meters.Start();
        sources = new ActivityListener
        {
            ShouldListenTo = source => source.Name == name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("pipeline.run"), run)) activities.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(sources);
        scope = Telemetry.BeginRun(run);
    }

    /// <summary>All measurements of the run, in order.</summary>
    public IReadOnlyList<Measured> Measurements => [.. measured];

    /// <summary>All ended activities of the run, in the order in which they ended.</summary>
    public IReadOnlyList<Activity> Activities => [.. activities];

    /// <summary>The sum of an instrument's measurements in the run that have the tags.</summary>
    public double Sum(string instrument, params (string Name, object? Value)[] tags) => Of(instrument, tags).Sum(one => one.Value);

    /// <summary>The measurements of an instrument that have the tags.</summary>
    public IReadOnlyList<Measured> Of(string instrument, params (string Name, object? Value)[] tags) =>
        [.. measured.Where(
            one => one.Instrument == instrument && tags.All(tag => Equals(one.Tags.GetValueOrDefault(tag.Name), tag.Value)))];

    /// <inheritdoc/>
    public void Dispose()
    {
        scope.Dispose();
        meters.Dispose();
        sources.Dispose();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> all = tags.ToArray().ToDictionary();
        if (all.Remove("pipeline.run", out object? of) && Equals(of, run))
            measured.Enqueue(new Measured(instrument.Name, instrument.Unit, value, all));
    }

    /// <summary>One measurement.</summary>
    /// <param name="Instrument">Name of the instrument.</param>
    /// <param name="Unit">Its unit.</param>
    /// <param name="Value">The measured value.</param>
    /// <param name="Tags">The tags, without the run's tag.</param>
    public sealed record Measured(string Instrument, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags);
}
