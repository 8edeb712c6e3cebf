using StellarPipeline.Dataflow;

namespace StellarPipeline.Generator;

/// <summary>The options or the state do not allow what the caller requested from the generator.</summary>
public sealed class GeneratorException : PipelineException
{
    internal GeneratorException(string message)
        : base(FailureKind.Usage, message)
    {
    }
}
