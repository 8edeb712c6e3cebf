namespace StellarPipeline.LoadTest.Layers;

/// <summary>The group of a layer: what it needs.</summary>
internal enum LayerGroup
{
    /// <summary>The archive and this process.</summary>
    Client,

    /// <summary>The archive and another program.</summary>
    Tool,

    /// <summary>A server and row files.</summary>
    Copy,

    /// <summary>A server and the archive.</summary>
    Load,
}
