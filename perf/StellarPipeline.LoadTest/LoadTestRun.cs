using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Layers;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Results;
using StellarPipeline.LoadTest.Server;

namespace StellarPipeline.LoadTest;

/// <summary>One run: data, server, rounds, results.</summary>
/// <remarks>
/// Rounds are interleaved (A B C, A B C, …), so that changes of the machine's speed affect all layers equally, and ratios are computed
/// within a round.
/// </remarks>
internal sealed class LoadTestRun(LoadTestOptions options, TextWriter log)
{
    private readonly ILoggerFactory loggers = NullLoggerFactory.Instance;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Layer> layers = LayerCatalog.Select(options.Only);
        Dataset dataset = await DatasetStore.OpenAsync(options, log, cancellationToken);
        bool needsServer = layers.Any(layer => layer is DatabaseLayer);
        await using TargetServer? server = needsServer ? await TargetServer.OpenAsync(options, loggers, cancellationToken) : null;
        LayerContext context =
            server is null ? new LayerContext(options, dataset, loggers) : new LayerContext(options, dataset, loggers) { Server = server };

        var obstacles = new Dictionary<Layer, string>();
        foreach (Layer layer in layers)
        {
            if (await layer.ObstacleAsync(context, cancellationToken) is { } obstacle) obstacles.Add(layer, obstacle);
        }

        DateTimeOffset started = DateTimeOffset.UtcNow;
        double? busyBefore = await SettleAsync(cancellationToken);
        List<LayerResult> results = [.. layers.Where(layer => !obstacles.ContainsKey(layer)).Select(layer => new LayerResult(layer))];
        await MeasureAsync(context, results, cancellationToken);

        var facts = new RunFacts
        {
            Started = started,
            BusyBefore = busyBefore,
            Machine = MachineFacts.Read(dataset.Directory),
            Commit = Checkout.Commit(),
            ServerSettings = server is null ? null : await server.SettingsAsync(cancellationToken),
            ServerIsPrivate = server?.IsPrivate ?? false,
            ServerIsLocal = server?.IsLocal ?? false,
            Obstacles = obstacles.ToDictionary(pair => pair.Key.Name, pair => pair.Value),
            VerifiedAgainst = needsServer ? context.Verifier.Reference : null,
            Verifications = needsServer ? context.Verifier.Checks : 0,
        };
        string section = new ResultSection(options, dataset, facts, results).Write();
        await log.WriteLineAsync();
        await ResultFile.TellAsync(
            log, options.ResultsDirectory, facts.Machine, ".md", "Load test", facts.Started, section, cancellationToken);
    }

    /// <summary>
    /// Waits until work left by the preparation (writing files back, compilers) is done; returns the busy share of the machine.
    /// </summary>
    private static async Task<double?> SettleAsync(CancellationToken cancellationToken)
    {
        const int looks = 15;
        const double idle = 0.05;
        double? busy = null;
        for (int look = 0; look < looks && busy is null or > idle; look++)
            busy = await ProcessUsage.BusyShareAsync(TimeSpan.FromSeconds(2), cancellationToken);
        return busy;
    }

    private async Task MeasureAsync(LayerContext context, List<LayerResult> results, CancellationToken cancellationToken)
    {
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (LayerResult result in results)
            {
                await WarmAsync(result.Layer, context.Dataset, cancellationToken);
                Measurement measured = await result.Layer.MeasureAsync(context, cancellationToken);
                result.Rounds.Add(measured);
                await log.WriteLineAsync(
                    string.Create(
                        CultureInfo.InvariantCulture, $"round {round}/{options.Rounds}  {result.Layer.Name,-18} {measured.Seconds,8:F2} "
                                + $"s{(measured.Remark is { } remark ? "  " + remark : "")}"));
            }
        }
    }

    /// <summary>Reads the layer's input once, so that it is in the page cache in every round.</summary>
    private static async Task WarmAsync(Layer layer, Dataset dataset, CancellationToken cancellationToken)
    {
        IEnumerable<string> files = layer.Group == LayerGroup.Copy
            ? Directory.EnumerateFiles(Path.Combine(dataset.Directory, "rows"))
            : dataset.BucketFiles.Append(dataset.Content);
        foreach (string name in files)
        {
            await using var file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            await file.CopyToAsync(Stream.Null, 1 << 20, cancellationToken);
        }
    }
}
