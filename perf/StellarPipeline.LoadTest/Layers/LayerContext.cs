using Microsoft.Extensions.Logging;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.LoadTest.Server;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The context shared by all layers.</summary>
/// <param name="Options">The user's options.</param>
/// <param name="Dataset">The archive and its rows.</param>
/// <param name="Loggers">Receives warnings.</param>
internal sealed record LayerContext(LoadTestOptions Options, Dataset Dataset, ILoggerFactory Loggers)
{
    private TargetServer? server;
    private TableVerifier? verifier;

    /// <summary>The server; only for layers that need one.</summary>
    public TargetServer Server
    {
        get => server ?? throw LoadTestException.Failed("No server was started, because the layer said that it needs none.");
        init => server = value;
    }

    /// <summary>Checks tables after a measurement.</summary>
    public TableVerifier Verifier => verifier ??= new TableVerifier(Dataset.Facts);
}
