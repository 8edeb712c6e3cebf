using System.Text.RegularExpressions;

namespace StellarPipeline.Cli.Output;

/// <summary>Replaces names of library settings in messages by the options of this program that set them.</summary>
/// <remarks>
/// The libraries do not know the command line, so errors, remarks of reports and log events are translated here.
/// </remarks>
internal static partial class OptionNames
{
    /// <summary>The option of each setting that messages name.</summary>
    public static IReadOnlyDictionary<string, string> BySetting { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AllowNewerProtocol"] = "--allow-newer-protocol",
        ["CheckpointFrequency"] = "--checkpoint-frequency",
        ["ConfirmWith"] = "--confirm-with",
        ["MaxAge"] = "--max-age",
        ["MaxBucketBytes"] = "--max-bucket-bytes",
        ["NetworkPassphrase"] = "--network",
    };

    /// <summary>Translates a message of a library for users of this program.</summary>
    /// <param name="message">The message.</param>
    public static string In(string message) =>
        Setting().Replace(message, match => BySetting.TryGetValue(match.Value, out string? option) ? option : match.Value);

    [GeneratedRegex("[A-Z][a-z]+(?:[A-Z][a-z]+)+")]
    private static partial Regex Setting();
}
