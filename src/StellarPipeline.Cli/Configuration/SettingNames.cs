using System.CommandLine;

namespace StellarPipeline.Cli.Configuration;

/// <summary>How options are called outside the command line.</summary>
internal static class SettingNames
{
    /// <summary>What the names of our variables begin with.</summary>
    public const string Prefix = "STELLAR_PIPELINE_";

    /// <summary>The option that names the file.</summary>
    public const string Config = "--config";

    // To be asked is the purpose of --yes; help and version are no settings.
    private static readonly string[] TypedOnly = ["--help", "--version", "--yes", Config];

    /// <summary>Whether a file or a variable may give the option.</summary>
    public static bool MayBeConfigured(Option option) =>
        option.Name.StartsWith("--", StringComparison.Ordinal) && !TypedOnly.Contains(option.Name);

    /// <summary>The variable of an option: <c>--lock-timeout</c> is <c>STELLAR_PIPELINE_LOCK_TIMEOUT</c>.</summary>
    public static string Variable(string option) => Prefix + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>
    /// Whether a key of a file means an option: <c>lock-timeout</c>, <c>lockTimeout</c> and <c>LockTimeout</c> are the same.
    /// </summary>
    public static bool IsKeyOf(string key, string option) => Plain(key) == Plain(option);

    /// <summary>The options that may be typed with a command: its own, and those that hold for every command below another.</summary>
    public static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(option => option.Recursive));

    /// <summary>The command and all below it.</summary>
    public static IEnumerable<Command> WithBelow(Command command) => command.Subcommands.SelectMany(WithBelow).Prepend(command);

    private static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
