using System.Text;
using Npgsql;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The same files through <c>psql \copy</c>: the cost of a client that only moves bytes.</summary>
internal sealed class PsqlCopyLayer : DatabaseLayer
{
    public override string Name => "copy-psql";

    public override LayerGroup Group => LayerGroup.Copy;

    public override string Description => "the same files with psql \\copy, same transaction";

    public override async ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        ExternalProgram.Find("psql") is null ? "psql is not installed" : await context.Server.CannotReplicateAsync(cancellationToken);

    protected override async Task<Measurement> LoadAsync(
        LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        var script = new StringBuilder("BEGIN;\nSET LOCAL session_replication_role = replica;\n");
        foreach (CopyTable table in RowOrder.Tables)
        {
            script.Append("\\copy ").Append(table.QualifiedName).Append(" (").Append(table.ColumnList).Append(") FROM '")
                .Append(context.Dataset.RowFile(table.Name).Replace("'", "''", StringComparison.Ordinal)).Append("' (FORMAT binary)\n");
        }

        script.Append("COMMIT;\n");

        var meter = Meter.Start();
        await ExternalProgram.RunAsync(
            "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1"], context.Server.Environment, script.ToString(), cancellationToken);
        return meter.Stop() with { Bytes = context.Dataset.Facts.RowBytes, Items = context.Dataset.Facts.Rows, PeakResidentBytes = null };
    }
}
