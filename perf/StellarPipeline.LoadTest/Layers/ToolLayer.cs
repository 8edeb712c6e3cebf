using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>A ceiling: a program of others doing the same to the same files, its output dropped by the system.</summary>
/// <param name="program">Program.</param>
/// <param name="arguments">Arguments in front of the files.</param>
/// <param name="description">What is timed.</param>
/// <param name="files">The files.</param>
/// <param name="bytes">Size of the input, as counted for the layer that is compared.</param>
internal sealed class ToolLayer(string program, string[] arguments, string description, Func<Dataset, IEnumerable<string>> files,
    Func<DatasetFacts, long> bytes) : Layer
{
    private const string Shell = "/bin/sh";

    public override string Name => "tool-" + program;

    public override LayerGroup Group => LayerGroup.Tool;

    public override string Description => description;

    public override ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ExternalProgram.Find(program) is null || !File.Exists(Shell) ? $"{program} is not installed" : null);

    public override async Task<Measurement> MeasureAsync(LayerContext context, CancellationToken cancellationToken)
    {
        // The shell only redirects: a pipe to this process would be part of the time.
        string[] command = ["-c", $"exec {program} \"$@\" > /dev/null", Shell, .. arguments, .. files(context.Dataset)];
        var meter = Meter.Start();
        await ExternalProgram.RunAsync(Shell, command, null, null, cancellationToken);
        return meter.Stop() with { Bytes = bytes(context.Dataset.Facts), PeakResidentBytes = null };
    }
}
