using System.Collections;
using System.CommandLine;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Cli.Configuration;

/// <summary>Option values from environment variables.</summary>
internal static class EnvironmentSettings
{
    /// <summary>The variable that twelve-factor hosts set.</summary>
    public const string DatabaseUrl = "DATABASE_URL";

    private const string Database = "--database";

    /// <summary>An address without any part: everything comes from libpq's variables.</summary>
    private const string AllFromLibpq = "postgres://";

    /// <summary>Returns the values that apply to a command.</summary>
    /// <param name="command">The command that runs.</param>
    /// <param name="problems">Gets the problems found.</param>
    public static IReadOnlyList<Setting> For(Command command, List<string> problems)
    {
        var found = new List<Setting>();
        foreach (Option option in SettingNames.OptionsOf(command).Where(SettingNames.MayBeConfigured))
        {
            string variable = SettingNames.Variable(option.Name);
            if (Value(variable, problems) is not { } text) continue;
            bool isList = option.Arity.MaximumNumberOfValues > 1;
            string[] values = isList ? text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [text];
            if (option is Option<bool>) values = [Switch(text)];
            found.Add(new Setting(option.Name, values, SettingOrigin.OfVariable(variable)));
        }

        if (command.Options.All(option => option.Name != Database) || found.Exists(setting => setting.Option == Database)) return found;
        if (Value(DatabaseUrl, problems) is { } url)
        {
            found.Add(new Setting(Database, [url], SettingOrigin.OfVariable(DatabaseUrl)));
        }
        else if (LibpqEnvironment.NamingVariables is { Count: > 0 } variables)
        {
            found.Add(new Setting(Database, [AllFromLibpq], SettingOrigin.OfVariable(string.Join(" and ", variables))));
        }

        return found;
    }

    /// <summary>Variables with this program's prefix that are not an option of any command.</summary>
    public static IReadOnlyList<string> Unknown(RootCommand root)
    {
        HashSet<string> known =
            [.. SettingNames.WithBelow(root).SelectMany(command => command.Options).Select(option => SettingNames.Variable(option.Name)),
                SettingNames.Variable(SettingNames.Config)];
        return [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key)
            .Where(name => name.StartsWith(SettingNames.Prefix, StringComparison.Ordinal) && !known.Contains(name)).Order(
            StringComparer.Ordinal)];
    }

    // A variable that is set but empty is an error, as an empty option is: a script has probably forgotten to fill it.
    private static string? Value(string variable, List<string> problems)
    {
        string? value = Environment.GetEnvironmentVariable(variable);
        if (value is not null && string.IsNullOrWhiteSpace(value))
        {
            problems.Add($"{variable} of the environment is set but empty. Unset it, or give it a value.");
            return null;
        }

        return value;
    }

    private static string Switch(string text) => text.ToLowerInvariant() switch
    {
        "1" or "yes" or "on" => "true",
        "0" or "no" or "off" => "false",
        _ => text,
    };
}
