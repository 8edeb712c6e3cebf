using Npgsql;
using Pipeline.Archive;
using Pipeline.LoadTest.Measuring;
using Pipeline.Postgres.ForeignKeys;
using Pipeline.Stellar.Populate;

namespace Pipeline.LoadTest.Layers;

/// <summary>The product in this process: from the first byte of the archive to COMMIT, with every proof.</summary>
internal sealed class PopulateLayer(string name, string description, ForeignKeyChoice foreignKeys) : DatabaseLayer
{
    /// <summary>The layer that runs as users run it.</summary>
    public const string MainName = "populate";

    public override string Name => name;

    public override LayerGroup Group => LayerGroup.Load;

    public override string Description => description;

    protected override async Task<Measurement> LoadAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        Meter meter = Meter.Start();
        HistoryArchive archive = HistoryArchive.Open(context.Dataset.Archive);
        PopulateReport report = await new CheckpointPopulation(archive, connections, context.Options.Populate with { ForeignKeys = foreignKeys }, context.Loggers).RunAsync(null, cancellationToken);
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
