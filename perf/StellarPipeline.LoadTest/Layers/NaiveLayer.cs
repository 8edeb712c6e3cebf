using Npgsql;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Naive;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The baseline: loads the same archive into the same tables, like loaders without a merge.</summary>
internal sealed class NaiveLayer : DatabaseLayer
{
    public override string Name => "naive";

    public override LayerGroup Group => LayerGroup.Load;

    public override string Description =>
        "baseline written for this comparison: set of seen keys, boxed values, NpgsqlBinaryImporter; only bucket hashes proved";

    public override async ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        await context.Server.CannotReplicateAsync(cancellationToken);

    protected override async Task<Measurement> LoadAsync(
        LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await connections.OpenConnectionAsync(cancellationToken);
        var meter = Meter.Start();
        long rows = await new NaiveLoad(context.Dataset, connection).RunAsync(cancellationToken);
        Measurement measured = meter.Stop() with { Bytes = context.Dataset.Facts.CompressedBytes, Items = context.Dataset.Facts.Rows };
        return rows == context.Dataset.Facts.Rows
            ? measured
            : throw LoadTestException.Failed(FormattableString.Invariant(
                $"The naive load wrote {rows:N0} rows; the generator computed {context.Dataset.Facts.Rows:N0}."));
    }
}
