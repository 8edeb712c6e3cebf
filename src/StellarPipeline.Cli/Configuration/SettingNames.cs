using System.CommandLine;

namespace StellarPipeline.Cli.Configuration;

/// <summary>The names of options in files and in the environment.</summary>
internal static class SettingNames
{
    /// <summary>The prefix of this program's environment variables.</summary>
    public const string Prefix = "STELLAR_PIPELINE_";

    /// <summary>The option that names the file.</summary>
    public const string Config = "--config";

    // --yes must be given each time; help and version are not settings.
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

    /// <summary>The options of a command: its own, and the recursive options of its parents.</summary>
    public static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(option => option.Recursive));

    /// <summary>The command and all its subcommands.</summary>
    public static IEnumerable<Command> WithBelow(Command command) => command.Subcommands.SelectMany(WithBelow).Prepend(command);

    private static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
