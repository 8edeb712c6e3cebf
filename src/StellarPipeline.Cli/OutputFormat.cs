namespace StellarPipeline.Cli;

/// <summary>The output formats of commands that print facts.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs: one JSON document on standard output.</summary>
    Json,
}
