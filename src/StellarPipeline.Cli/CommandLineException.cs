using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli;

/// <summary>The command line cannot be carried out.</summary>
internal sealed class CommandLineException(FailureKind kind, string message) : PipelineException(kind, message);
