using System.Diagnostics;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Load;

/// <summary>A phase of a load; phases follow each other and do not overlap.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Duration">How long it took.</param>
public sealed record LoadPhase(string Name, TimeSpan Duration);

/// <summary>Measures the phases of one load. Written by one thread at a time, read by any.</summary>
internal sealed class LoadClock
{
    private volatile LoadPhase[] phases = [];
    private volatile string phase = "";
    private long began;
    private Activity? activity;

    /// <summary>The current phase; empty before the first and after the last.</summary>
    public string Phase => phase;

    /// <summary>The phases that have ended, in order.</summary>
    public IReadOnlyList<LoadPhase> Phases => phases;

    /// <summary>Ends the current phase and begins another one.</summary>
    public void Enter(string next)
    {
        long now = Stopwatch.GetTimestamp();
        if (phase.Length > 0) phases = [.. phases, new LoadPhase(phase, Stopwatch.GetElapsedTime(began, now))];
        began = now;
        activity?.Dispose();
        activity = next.Length > 0 ? PostgresTelemetry.StartPhase(next) : null;
        phase = next;
    }

    /// <summary>Ends the telemetry of the current phase after the load has failed in it.</summary>
    public void Fail(Exception error)
    {
        Telemetry.Fail(activity, error);
        activity?.Dispose();
        activity = null;
    }

    /// <summary>Ends the last phase.</summary>
    public void End() => Enter("");
}
