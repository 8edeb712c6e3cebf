using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>Keeps samples of a load for the charts of its report: evenly spaced, at most a few hundred.</summary>
internal sealed class CurveRecorder
{
    private const int MostPoints = 600;

    private readonly Lock gate = new();
    private readonly List<PopulateReport.CurvePoint> points = [];
    private int stride = 1;
    private int seen;

    /// <summary>The samples, in order.</summary>
    public IReadOnlyList<PopulateReport.CurvePoint> Points
    {
        get
        {
            lock (gate) return [.. points];
        }
    }

    /// <summary>The phase of the last sample; empty before the first.</summary>
    public string Phase { get; private set; } = "";

    /// <summary>Takes a sample.</summary>
    public void Add(ProgressRates rates)
    {
        lock (gate)
        {
            Phase = rates.Now.Phase;

            // A new attempt begins a new curve.
            if (points.Count > 0 && rates.Now.Elapsed.TotalSeconds < points[^1].Seconds) points.Clear();
            if (seen++ % stride != 0) return;
            points.Add(new PopulateReport.CurvePoint(
                Math.Round(rates.Now.Elapsed.TotalSeconds, 2), rates.Now.Phase, Math.Round(rates.RowsPerSecond),
                Math.Round(rates.FetchedPerSecond),
                [.. rates.Stages.Select(
                    stage => new PopulateReport.CurveStage(
                        stage.Name, Round(stage.Busy), Round(stage.Input), Round(stage.Output), Round(stage.Fill)))]));
            if (points.Count < MostPoints) return;
            stride *= 2;
            for (int index = points.Count - 1; index > 0; index -= 2) points.RemoveAt(index);
        }
    }

    private static double Round(double share) => Math.Round(share, 3);
}
