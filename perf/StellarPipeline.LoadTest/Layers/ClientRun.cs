using StellarPipeline.Dataflow;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>What a run of the client's way did.</summary>
/// <param name="Entries">Live entries.</param>
/// <param name="Rows">Rows; 0 where none are made.</param>
/// <param name="RowBytes">Their bytes.</param>
/// <param name="Stages">How the stages spent their time; empty without a graph.</param>
internal sealed record ClientRun(long Entries, long Rows, long RowBytes, IReadOnlyList<StageCounters> Stages);
