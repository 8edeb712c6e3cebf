using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Load;

/// <summary>A load was refused before it changed anything. What stands in the way is for the caller to decide.</summary>
public sealed class LoadRefusedException : PipelineException
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="message">Full sentences: what stands in the way, where, what to do.</param>
    /// <param name="obstacles">What stands in the way, each for itself.</param>
    public LoadRefusedException(string message, IReadOnlyList<LoadFinding> obstacles)
        : base(FailureKind.Usage, message) => Obstacles = obstacles;

    /// <summary>What stands in the way.</summary>
    public IReadOnlyList<LoadFinding> Obstacles { get; }
}
