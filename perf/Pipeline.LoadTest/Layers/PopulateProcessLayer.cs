using System.Globalization;
using System.Text.Json;
using Npgsql;
using Pipeline.LoadTest.Measuring;

namespace Pipeline.LoadTest.Layers;

/// <summary>The product as its users run it: the program, from its start to its end.</summary>
internal sealed class PopulateProcessLayer : DatabaseLayer
{
    private static string Program => Path.Combine(AppContext.BaseDirectory, "stellar-pipeline.dll");

    public override string Name => "populate-process";

    public override LayerGroup Group => LayerGroup.Load;

    public override string Description => "stellar-pipeline populate as a process of its own, start of .NET included";

    public override ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(!File.Exists(Program) ? $"{Program} was not built" : ExternalProgram.Find("dotnet") is null ? "dotnet is not in PATH" : null);

    protected override async Task<Measurement> LoadAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        string file = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"pipeline-load-test-{Environment.ProcessId}.json"));
        try
        {
            string[] arguments =
            [
                Program, "populate", "--archive", context.Dataset.Archive, "--database", context.Server.AddressWithoutPassword,
                "--batch-rows", context.Options.Populate.BatchRows.ToString(CultureInfo.InvariantCulture),
                "--rebuild-indexes", context.Options.Populate.IndexRebuild.ToString().ToLowerInvariant(), "--report", file, "--quiet",
            ];
            Meter meter = Meter.Start();
            await ExternalProgram.RunAsync("dotnet", arguments, context.Server.Environment, null, cancellationToken);
            Measurement measured = meter.Stop();
            using JsonDocument report = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellationToken));
            return measured with
            {
                Bytes = context.Dataset.Facts.CompressedBytes,
                Items = context.Dataset.Facts.Rows,
                Steps = [.. report.RootElement.GetProperty("phases").EnumerateArray().Select(phase => new KeyValuePair<string, double>(phase.GetProperty("name").GetString()!, phase.GetProperty("seconds").GetDouble()))],
                PeakResidentBytes = report.RootElement.GetProperty("memory").GetProperty("peak_working_set_bytes").GetInt64(),
                Remark = report.RootElement.GetProperty("bottleneck").GetProperty("sentence").GetString(),
            };
        }
        finally
        {
            File.Delete(file);
        }
    }
}
