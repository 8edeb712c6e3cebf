using System.Globalization;
using System.Text.Json;
using Npgsql;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The product as its users run it: the program, from its start to its end, as built or as published.</summary>
/// <param name="isPublished">Whether the program is published first, which compiles it ahead of time, or taken as the build left
/// it.</param>
internal sealed class PopulateProcessLayer(bool isPublished) : DatabaseLayer
{
    private string program = Path.Combine(AppContext.BaseDirectory, PublishedProgram.Name);

    public override string Name => isPublished ? "populate-published" : "populate-process";

    public override LayerGroup Group => LayerGroup.Load;

    public override string Description => isPublished
        ? "stellar-pipeline populate as dotnet publish installs it, start of .NET included"
        : "stellar-pipeline populate as dotnet build leaves it, start of .NET included";

    public override async ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken)
    {
        if (ExternalProgram.Find("dotnet") is null) return "dotnet is not in PATH";
        return isPublished ? await PublishAsync(context, cancellationToken) : File.Exists(program) ? null : $"{program} was not built";
    }

    protected override async Task<Measurement> LoadAsync(
        LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        string file = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"pipeline-load-test-{Environment.ProcessId}.json"));
        try
        {
            string[] arguments =
            [
                program, "populate", "--archive", context.Dataset.Archive, "--database", context.Server.AddressWithoutPassword,
                "--batch-rows", context.Options.Populate.BatchRows.ToString(CultureInfo.InvariantCulture),
                "--rebuild-indexes", context.Options.Populate.IndexRebuild.ToString().ToLowerInvariant(), "--report", file, "--quiet",
            ];
            var meter = Meter.Start();
            await ExternalProgram.RunAsync("dotnet", arguments, context.Server.Environment, null, cancellationToken);
            Measurement measured = meter.Stop();
            using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellationToken));
            return measured with
            {
                Bytes = context.Dataset.Facts.CompressedBytes,
                Items = context.Dataset.Facts.Rows,
                Steps =
                    [.. report.RootElement.GetProperty("phases").EnumerateArray()
                        .Select(
                        phase => new KeyValuePair<string, double>(
                            phase.GetProperty("name").GetString()!, phase.GetProperty("seconds").GetDouble()))],
                PeakResidentBytes = report.RootElement.GetProperty("memory").GetProperty("peak_working_set_bytes").GetInt64(),
                Remark = report.RootElement.GetProperty("bottleneck").GetProperty("sentence").GetString(),
            };
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<string?> PublishAsync(LayerContext context, CancellationToken cancellationToken)
    {
        try
        {
            program = await PublishedProgram.MakeAsync(context.Options.DataDirectory, cancellationToken);
            return null;
        }
        catch (LoadTestException error)
        {
            return $"it could not be published: {error.Message}";
        }
    }
}
