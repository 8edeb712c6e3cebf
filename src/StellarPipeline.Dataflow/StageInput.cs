using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>The bounded input of a stage.</summary>
/// <typeparam name="T">Type of the items.</typeparam>
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
