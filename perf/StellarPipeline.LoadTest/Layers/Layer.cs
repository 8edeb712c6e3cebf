using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>One rung of the ladder: something that is timed.</summary>
internal abstract class Layer
{
    /// <summary>Short name, as given to --only.</summary>
    public abstract string Name { get; }

    /// <summary>Group, as given to --only.</summary>
    public abstract LayerGroup Group { get; }

    /// <summary>What is timed, in half a sentence.</summary>
    public abstract string Description { get; }

    /// <summary>The layer that bounds this one; null where nothing does.</summary>
    public virtual string? Ceiling => null;

    /// <summary>Says why the layer cannot be measured here; null when it can.</summary>
    public virtual ValueTask<string?> ObstacleAsync(LayerContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult<string?>(null);

    /// <summary>Measures once.</summary>
    public abstract Task<Measurement> MeasureAsync(LayerContext context, CancellationToken cancellationToken);
}
