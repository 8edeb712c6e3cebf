namespace StellarPipeline.Dataflow;

/// <content>What can be seen of a stage from outside, from any thread.</content>
public sealed partial class StageGraph
{
    /// <summary>A stage as the supervisor sees it.</summary>
    public sealed class StageStatus
    {
        private readonly Func<int> queued;

        internal StageStatus(StageCounters counters, Task completion, Func<int> queued, int capacityItems)
        {
            Counters = counters;
            Completion = completion;
            this.queued = queued;
            CapacityItems = capacityItems;
        }

        /// <summary>What the stage did so far.</summary>
        public StageCounters Counters { get; }

        /// <summary>Items waiting in front of the stage.</summary>
        public int QueuedItems => queued();

        /// <summary>Most items that may wait in front of the stage; 0 for a source.</summary>
        public int CapacityItems { get; }

        /// <summary>Whether the stage has ended, well or not.</summary>
        public bool HasEnded => Completion.IsCompleted;

        internal Task Completion { get; }
    }
}
