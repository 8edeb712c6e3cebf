using System.Threading.Tasks.Dataflow;

namespace StellarPipeline.Dataflow;

/// <summary>A shared end of <see cref="StageGraph"/>s that is not a stage, such as a load with several producers.</summary>
/// <typeparam name="T">Type of the items that it takes.</typeparam>
public interface IGraphEnd<T>
{
    /// <summary>True while an operation outside this process is under way, so that nothing can move. Any thread may read it.</summary>
    bool IsWaitingOutside { get; }

    /// <summary>
    /// Fails with the first error when no more items are accepted, which stops the graph; otherwise it stays incomplete while the graph
    /// runs.
    /// </summary>
    Task Failure { get; }

    /// <summary>Adds an input for one more producer, who completes or faults it independently of the others.</summary>
    /// <param name="producer">Name of the producer in messages.</param>
    /// <returns>A block that does not decline an item before it has ended, so that no sender waits forever.</returns>
    ITargetBlock<T> AddInput(string producer);
}
