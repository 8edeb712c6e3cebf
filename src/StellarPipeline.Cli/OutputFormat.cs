namespace StellarPipeline.Cli;

/// <summary>How a command prints facts.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs: one JSON document on standard output.</summary>
    Json,
}
