using Npgsql;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The product in this process: from the first byte of the archive to COMMIT, with all proofs.</summary>
internal sealed class PopulateLayer(string name, string description, Func<PopulateOptions, PopulateOptions>? change = null) : DatabaseLayer
{
    /// <summary>The name of the layer with the default options.</summary>
    public const string MainName = "populate";

    public override string Name => name;

    public override LayerGroup Group => LayerGroup.Load;

    public override string Description => description;

    protected override async Task<Measurement> LoadAsync(
        LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        PopulateOptions options = change is null ? context.Options.Populate : change(context.Options.Populate);
        var meter = Meter.Start();
        var archive = HistoryArchive.Open(context.Dataset.Archive);
        PopulateReport report =
            await new CheckpointPopulation(archive, connections, options, context.Loggers).RunAsync(null, cancellationToken);
        return meter.Stop() with
        {
            Bytes = context.Dataset.Facts.CompressedBytes,
            Items = context.Dataset.Facts.Rows,
            Steps = [.. report.Phases.Select(phase => new KeyValuePair<string, double>(phase.Name, phase.Seconds))],
            Report = report,
            Remark = $"{report.ForeignKeys.Strategy}; {report.Bottleneck.Sentence}",
        };
    }
}
