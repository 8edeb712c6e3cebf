using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>A layer without a server: reads the archive or its content in this process and discards the output.</summary>
/// <param name="name">Name.</param>
/// <param name="description">What is timed.</param>
/// <param name="ceiling">The layer that is its ceiling.</param>
/// <param name="run">The work; returns the number of entries or rows, and a remark.</param>
/// <param name="bytes">Size of the input.</param>
internal sealed class ClientLayer(
    string name, string description, string? ceiling, Func<Dataset, CancellationToken, Task<(long Items, string? Remark)>> run,
    Func<DatasetFacts, long> bytes) : Layer
{
    public override string Name => name;

    public override LayerGroup Group => LayerGroup.Client;

    public override string Description => description;

    public override string? Ceiling => ceiling;

    public override async Task<Measurement> MeasureAsync(LayerContext context, CancellationToken cancellationToken)
    {
        var meter = Meter.Start();
        (long items, string? remark) = await run(context.Dataset, cancellationToken);
        return meter.Stop() with { Bytes = bytes(context.Dataset.Facts), Items = items, Remark = remark };
    }
}
