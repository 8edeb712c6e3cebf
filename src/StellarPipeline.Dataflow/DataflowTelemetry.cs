using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace StellarPipeline.Dataflow;

/// <summary>The instruments and activities of this library.</summary>
internal static class DataflowTelemetry
{
    /// <summary>Name of the meter and of the activity source, for <c>AddMeter</c> and <c>AddSource</c> in OpenTelemetry.</summary>
    public const string Name = "StellarPipeline.Dataflow";

    private static readonly Meter Meter = Telemetry.NewMeter(Name, typeof(DataflowTelemetry));
    private static readonly ActivitySource Source = Telemetry.NewSource(Name, typeof(DataflowTelemetry));
    private static readonly string WorkTag = TagNames.Name("work");
    private static readonly string NumberTag = TagNames.Name("attempt.number");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        TagNames.Name("attempts.retries"), "{retry}", "Failed attempts that were followed by another; tags work and error.type.");

    /// <summary>The stages of all graphs, which the observable instruments report.</summary>
    internal static StageMetrics Stages { get; } = new(Meter);

    internal static Activity? StartAttempt(string work, int number)
    {
        Activity? activity = Telemetry.Start(Source, "attempt");
        activity?.SetTag(WorkTag, work).SetTag(NumberTag, number);
        return activity;
    }

    internal static Activity? StartGraph() => Telemetry.Start(Source, "graph");

    internal static void CountRetry(string work, Exception error)
    {
        if (!Retries.Enabled) return;
        var tags = new TagList { { WorkTag, work }, { TagNames.ErrorType, Telemetry.TypeOf(error) } };
        Telemetry.AddRun(ref tags);
        Retries.Add(1, tags);
    }

    /// <summary>Marks a failed activity from within an exception filter.</summary>
    /// <returns>Always true.</returns>
    internal static bool Note(Activity? activity, Exception error)
    {
        Telemetry.Fail(activity, error);
        return true;
    }
}
