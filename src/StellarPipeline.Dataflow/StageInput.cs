using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>The bounded way into a stage.</summary>
/// <typeparam name="T">What the stage takes.</typeparam>
public sealed class StageInput<T>
{
    internal StageInput(ITargetBlock<T> block, StageCounters counters)
    {
        Block = block;
        Counters = counters;
    }

    /// <summary>The counters of the stage.</summary>
    public StageCounters Counters { get; }

    internal ITargetBlock<T> Block { get; }
}
