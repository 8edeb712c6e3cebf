using Microsoft.Extensions.Logging;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Server;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>What all layers share.</summary>
/// <param name="Options">What the user asked for.</param>
/// <param name="Dataset">The archive and its rows.</param>
/// <param name="Loggers">Where warnings go.</param>
internal sealed record LayerContext(LoadTestOptions Options, Dataset Dataset, ILoggerFactory Loggers)
{
    private TargetServer? server;
    private TableVerifier? verifier;

    /// <summary>The server; only layers that need one may ask.</summary>
    public TargetServer Server
    {
        get => server ?? throw LoadTestException.Failed("No server was started: a layer asked for one that said it needs none.");
        init => server = value;
    }

    /// <summary>Checks tables after a measurement.</summary>
    public TableVerifier Verifier => verifier ??= new TableVerifier(Dataset.Facts);
}
