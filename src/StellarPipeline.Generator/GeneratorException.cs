using StellarPipeline.Dataflow;

namespace StellarPipeline.Generator;

/// <summary>The generator was asked for something that it cannot make.</summary>
public sealed class GeneratorException : PipelineException
{
    internal GeneratorException(string message)
        : base(FailureKind.Usage, message)
    {
    }
}
