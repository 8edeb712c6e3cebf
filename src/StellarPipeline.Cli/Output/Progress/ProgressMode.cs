namespace StellarPipeline.Cli.Output.Progress;

/// <summary>How progress is shown on standard error.</summary>
internal enum ProgressMode
{
    /// <summary>Live in a terminal, otherwise plain.</summary>
    Auto,

    /// <summary>Lines at the bottom of the terminal that are redrawn every second.</summary>
    Live,

    /// <summary>A complete line every ten seconds and at each phase: for logs and screen readers.</summary>
    Plain,

    /// <summary>One JSON object per line and second.</summary>
    Json,

    /// <summary>Nothing.</summary>
    None,
}
