using System.Globalization;
using System.Text.Json;
using Npgsql;
using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The product as its users run it: the program from its start to its end.</summary>
/// <param name="form">The form of the program.</param>
internal sealed class PopulateProcessLayer(ProgramForm form) : DatabaseLayer
{
    private string program = Path.Combine(AppContext.BaseDirectory, PublishedProgram.Name);

    public override string Name => form switch
    {
        ProgramForm.Built => "populate-process",
        ProgramForm.Published => "populate-published",
        ProgramForm.SelfContained => "populate-self-contained",
        _ => "populate-native",
    };

    public override LayerGroup Group => LayerGroup.Load;

    public override string Description => form switch
    {
        ProgramForm.Built => "stellar-pipeline populate as built by dotnet build, including the start of .NET",
        ProgramForm.Published => "stellar-pipeline populate as installed by dotnet publish, including the start of .NET",
        ProgramForm.SelfContained =>
            "stellar-pipeline populate as installed by dotnet publish --self-contained, including the start of .NET",
        _ => "stellar-pipeline populate as installed by dotnet publish -p:PublishAot=true",
    };

    public override async ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken)
    {
        if (ExternalProgram.Find("dotnet") is null) return "dotnet is not in PATH";
        if (form != ProgramForm.Built) return await PublishAsync(context, cancellationToken);
        return File.Exists(program) ? null : $"{program} was not built";
    }

    protected override async Task<Measurement> LoadAsync(
        LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        string file = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"pipeline-load-test-{Environment.ProcessId}.json"));
        try
        {
            string[] arguments =
            [
                .. form.IsExecutable() ? Array.Empty<string>() : [program],
                "populate", "--archive", context.Dataset.Archive, "--database", context.Server.AddressWithoutPassword,
                "--batch-rows", context.Options.Populate.BatchRows.ToString(CultureInfo.InvariantCulture),
                "--rebuild-indexes", context.Options.Populate.IndexRebuild.ToString().ToLowerInvariant(), "--report", file, "--quiet",
            ];
            var meter = Meter.Start();
            string command = form.IsExecutable() ? program : "dotnet";
            await ExternalProgram.RunAsync(command, arguments, context.Server.Environment, null, cancellationToken);
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
        string folder = Path.Combine(
            context.Options.DataDirectory, form == ProgramForm.Published ? "program" : $"program-{Name["populate-".Length..]}");
        (string? published, string? obstacle) = await PublishedProgram.MakeAsync(folder, cancellationToken, form);
        if (published is null) return obstacle;
        program = published;
        return null;
    }
}
