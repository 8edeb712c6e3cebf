using System.Diagnostics;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Wall time of the phases of a load, in the order in which they began.</summary>
internal sealed class PhaseTimer(Action<string, double>? ended = null)
{
    private readonly List<PopulateReport.PhaseRow> phases = [];
    private readonly long started = Stopwatch.GetTimestamp();

    public IReadOnlyList<PopulateReport.PhaseRow> Phases => phases;

    /// <summary>Name of the running phase; null between phases.</summary>
    public string? Current { get; private set; }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    public double SecondsOf(string name) => phases.Where(phase => phase.Name == name).Sum(phase => phase.Seconds);

    public async Task<T> MeasureAsync<T>(string name, Func<Task<T>> body)
    {
        Current = name;
        long begin = Stopwatch.GetTimestamp();
        try
        {
            return await body().ConfigureAwait(false);
        }
        finally
        {
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            phases.Add(new PopulateReport.PhaseRow(name, seconds));
            ended?.Invoke(name, seconds);
            Current = null;
        }
    }

    public Task MeasureAsync(string name, Func<Task> body) => MeasureAsync(name, async () =>
    {
        await body().ConfigureAwait(false);
        return true;
    });
}
