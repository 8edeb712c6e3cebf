using StellarPipeline.Dataflow;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The result of a run of the client's work.</summary>
/// <param name="Entries">Live entries.</param>
/// <param name="Rows">Number of rows; 0 if none are made.</param>
/// <param name="RowBytes">Bytes of the rows.</param>
/// <param name="Stages">Times of the stages; empty without a graph.</param>
internal sealed record ClientRun(long Entries, long Rows, long RowBytes, IReadOnlyList<StageCounters> Stages);
