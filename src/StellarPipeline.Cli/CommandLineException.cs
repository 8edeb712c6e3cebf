using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli;

/// <summary>A refusal of the command line itself.</summary>
internal sealed class CommandLineException(FailureKind kind, string message) : PipelineException(kind, message);
