using System.Text.RegularExpressions;

namespace StellarPipeline.Cli.Output;

/// <summary>Turns the settings that messages of the libraries name into the options of this program that set them.</summary>
/// <remarks>
/// A library knows its own settings and no command line; errors, remarks of reports and log events pass through here on their way out.
/// </remarks>
internal static partial class OptionNames
{
    /// <summary>The option of each setting that a message names.</summary>
    public static IReadOnlyDictionary<string, string> BySetting { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AllowNewerProtocol"] = "--allow-newer-protocol",
        ["CheckpointFrequency"] = "--checkpoint-frequency",
        ["ConfirmWith"] = "--confirm-with",
        ["MaxAge"] = "--max-age",
        ["MaxBucketBytes"] = "--max-bucket-bytes",
        ["NetworkPassphrase"] = "--network",
    };

    /// <summary>Writes a message of a library as a user of this program reads it.</summary>
    /// <param name="message">The message.</param>
    public static string In(string message) =>
        Setting().Replace(message, match => BySetting.TryGetValue(match.Value, out string? option) ? option : match.Value);

    [GeneratedRegex("[A-Z][a-z]+(?:[A-Z][a-z]+)+")]
    private static partial Regex Setting();
}
