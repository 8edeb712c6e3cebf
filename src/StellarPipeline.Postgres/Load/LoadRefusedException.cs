using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Load;

/// <summary>A load was refused before it changed anything. The caller can remove the obstacles and try again.</summary>
public sealed class LoadRefusedException : PipelineException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Full sentences: what prevents the load, where, what to do.</param>
    /// <param name="obstacles">The obstacles, one by one.</param>
    public LoadRefusedException(string message, IReadOnlyList<LoadFinding> obstacles)
        : base(FailureKind.Usage, message) => Obstacles = obstacles;

    /// <summary>The obstacles.</summary>
    public IReadOnlyList<LoadFinding> Obstacles { get; }
}
