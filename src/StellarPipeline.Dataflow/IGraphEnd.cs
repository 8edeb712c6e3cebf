using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>What a <see cref="StageGraph"/> can end in besides a stage of its own: for example a load that others may feed too.</summary>
/// <typeparam name="T">What it takes.</typeparam>
public interface IGraphEnd<T>
{
    /// <summary>
    /// Whether an operation outside this process is under way now, so that nothing can move. Safe to read from any thread.
    /// </summary>
    bool IsWaitingOutside { get; }

    /// <summary>
    /// Ends with the first error when nothing more is wanted, so that the graph stops; otherwise it does not end while the graph runs.
    /// </summary>
    Task Failure { get; }

    /// <summary>Adds the input of one more producer, which ends with Complete or Fault, independently of the others.</summary>
    /// <param name="producer">What it is called in messages.</param>
    /// <returns>A block that never declines an item before its own end, so that whoever sends never waits for ever.</returns>
    ITargetBlock<T> AddInput(string producer);
}
