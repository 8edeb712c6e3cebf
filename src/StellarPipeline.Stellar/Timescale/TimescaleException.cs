using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>A change of TimescaleDB's settings was refused. Nothing was changed.</summary>
internal sealed class TimescaleException : PipelineException
{
    internal TimescaleException(string message, Exception? innerException = null)
        : base(FailureKind.Usage, message, innerException)
    {
    }
}
