using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>A ceiling: another program that does the same work with the same files; its output goes to /dev/null.</summary>
/// <param name="program">Name of the program.</param>
/// <param name="arguments">Arguments before the files.</param>
/// <param name="description">What is timed.</param>
/// <param name="files">The files.</param>
/// <param name="bytes">Size of the input, counted as for the compared layer.</param>
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
        // The shell only redirects the output: a pipe to this process would take measured time.
        string[] command = ["-c", $"exec {program} \"$@\" > /dev/null", Shell, .. arguments, .. files(context.Dataset)];
        var meter = Meter.Start();
        await ExternalProgram.RunAsync(Shell, command, null, null, cancellationToken);
        return meter.Stop() with { Bytes = bytes(context.Dataset.Facts), PeakResidentBytes = null };
    }
}
