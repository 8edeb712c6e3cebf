namespace StellarPipeline.Cli.Output.Progress;

/// <summary>How a stage spent the last seconds; the three shares add up to 1.</summary>
/// <param name="Name">Name of the stage.</param>
/// <param name="Busy">Share of the time in which it worked.</param>
/// <param name="Input">Share in which it waited for something to do.</param>
/// <param name="Output">Share in which it waited for room downstream.</param>
/// <param name="IsOutside">Whether most of its work was done by others, such as the server.</param>
/// <param name="Queued">Items in its queue.</param>
/// <param name="Capacity">Capacity of its queue in items; 0 if it has no queue.</param>
/// <param name="Fill">Filled share of the queue.</param>
internal sealed record StageShare(
    string Name, double Busy, double Input, double Output, bool IsOutside, int Queued, int Capacity, double Fill);
