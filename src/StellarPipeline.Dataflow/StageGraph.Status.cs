namespace StellarPipeline.Dataflow;

/// <content>The status of a stage, which any thread may read.</content>
public sealed partial class StageGraph
{
    /// <summary>Status of a stage.</summary>
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

        /// <summary>Counts what the stage has done so far.</summary>
        public StageCounters Counters { get; }

        /// <summary>Items waiting in front of the stage.</summary>
        public int QueuedItems => queued();

        /// <summary>Maximum number of items that may wait in front of the stage; 0 for a source.</summary>
        public int CapacityItems { get; }

        /// <summary>True once the stage has ended, with or without an error.</summary>
        public bool HasEnded => Completion.IsCompleted;

        internal Task Completion { get; }
    }
}
