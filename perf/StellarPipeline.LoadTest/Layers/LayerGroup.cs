namespace StellarPipeline.LoadTest.Layers;

/// <summary>What a layer needs and is compared with.</summary>
internal enum LayerGroup
{
    /// <summary>The archive and this process.</summary>
    Client,

    /// <summary>The archive and a program of others.</summary>
    Tool,

    /// <summary>A server, and files of rows.</summary>
    Copy,

    /// <summary>A server, and the archive.</summary>
    Load,
}
