using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>One layer: some work that is timed.</summary>
internal abstract class Layer
{
    /// <summary>Short name, as given to --only.</summary>
    public abstract string Name { get; }

    /// <summary>Group, as given to --only.</summary>
    public abstract LayerGroup Group { get; }

    /// <summary>What is timed, as a phrase.</summary>
    public abstract string Description { get; }

    /// <summary>The name of the layer that is this one's ceiling; null for none.</summary>
    public virtual string? Ceiling => null;

    /// <summary>The reason why the layer cannot be measured here; null if it can.</summary>
    public virtual ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult<string?>(null);

    /// <summary>Measures once.</summary>
    public abstract Task<Measurement> MeasureAsync(LayerContext context, CancellationToken cancellationToken);
}
