using System.CommandLine;
using System.CommandLine.Parsing;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Configuration;

/// <summary>
/// The typed command line, completed from the environment and a configuration file: defaults &lt; file &lt; environment &lt; command line.
/// </summary>
/// <remarks>
/// The rest of the program sees one command line. So the rules of an option apply wherever its value comes from, and commands need not
/// know its origin.
/// </remarks>
internal sealed class EffectiveCommandLine
{
    // Only one option of each group may be given. An option of a higher level overrides those of lower levels; two of the same level
    // are a mistake that the command's own rules report.
    private static readonly string[][] Rivals = [["--database", "--data-directory"], ["--tables", "--schema"],
        ["--offline", "--confirm-with"], ["--checkpoint", "--trusted-hash"], ["--quiet", "--verbose"]];

    // The text of System.CommandLine's error.
    private const string RequiredCommand = "Required command was not provided.";

    private readonly Dictionary<string, Setting> settings;

    private EffectiveCommandLine(
        ParseResult parsed, Dictionary<string, Setting> settings, IReadOnlyList<string> problems, IReadOnlyList<string> remarks)
    {
        Parsed = parsed;
        this.settings = settings;

        // The parser's errors repeat what was typed, wherever it was typed.
        Problems = [.. problems.Select(SeedText.Masked)];
        Remarks = [.. remarks.Select(SeedText.Masked)];
    }

    /// <summary>The complete command line.</summary>
    public ParseResult Parsed { get; }

    /// <summary>All problems with their origins; empty if the command can run.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Remarks: not errors, but worth knowing.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>The values that were not typed, by option.</summary>
    public IReadOnlyDictionary<string, Setting> Settings => settings;

    /// <summary>Reads everything.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="arguments">The typed arguments.</param>
    public static EffectiveCommandLine Read(RootCommand root, IReadOnlyList<string> arguments)
    {
        ParseResult typed = root.Parse(arguments);
        var problems = new List<string>();
        Command command = typed.CommandResult.Command;

        // The command that shows the configuration must run with any configuration.
        if (command.Parents.OfType<Command>().Any(parent => parent.Name == "config"))
            return new EffectiveCommandLine(typed, [], [.. typed.Errors.Select(error => ParserMessages.ForPeople(error.Message))], []);
        ConfigurationFile? file = FindFile(typed, problems);
        var settings = new Dictionary<string, Setting>(StringComparer.Ordinal);
        foreach (Setting setting in (file?.For(root, command, problems) ?? []).Concat(
            command is RootCommand ? [] : EnvironmentSettings.For(command, problems)))
        {
            settings[setting.Option] = setting;
        }

        foreach (string option in settings.Keys.ToArray())
        {
            if (LevelOf(typed, settings, option) > settings[option].Origin.Level || IsBeaten(typed, settings, option))
                settings.Remove(option);
        }

        string[] complete = Insert(arguments, settings.Values.SelectMany(setting => setting.Tokens));
        ParseResult parsed = settings.Count == 0 ? typed : root.Parse(complete);
        IReadOnlyList<SwitchValues.Wrong> wrong = SwitchValues.Find(command, complete);
        problems.AddRange(wrong.Select(each => WithOrigin(each.Message, settings)));

        // What the parser makes of such a value is not reported as a second mistake.
        IEnumerable<string> errors = ErrorsOf(root, parsed, arguments, complete, settings).Where(
            error => !wrong.Any(each => error.Contains($"'{each.Value}'", StringComparison.Ordinal)));
        problems.AddRange(errors.Select(error => WithSuggestion(WithOrigin(error, settings), parsed)).Distinct());
        return new EffectiveCommandLine(parsed, settings, problems, Remark(root));
    }

    /// <summary>Where the value of an option comes from.</summary>
    public SettingOrigin OriginOf(Option option) =>
        settings.TryGetValue(option.Name, out Setting? setting)
            ? setting.Origin
            : Parsed.GetResult(option) is { Implicit: false } ? SettingOrigin.CommandLine : SettingOrigin.Default;

    /// <summary>Prints the database if it was not typed, and the remarks.</summary>
    public void TellOrigins(TextWriter writer)
    {
        if (settings.TryGetValue("--database", out Setting? database))
            writer.WriteLine($"Database {SecretText.Of(database.Option, database.Values[0])}, from {database.Origin.Name}.");
        foreach (string remark in Remarks) writer.WriteLine(remark);
    }

    private static ConfigurationFile? FindFile(ParseResult typed, List<string> problems)
    {
        string? named = CommonOptions.ConfigFile(typed);
        if (named is null && Environment.GetEnvironmentVariable(SettingNames.Variable(SettingNames.Config)) is { Length: > 0 } variable)
            named = variable;
        if (named is not null) return ConfigurationFile.Read(named, wantsSection: false, problems);
        string usual = Path.Combine(Environment.CurrentDirectory, ConfigurationFile.UsualName);
        return File.Exists(usual) ? ConfigurationFile.Read(usual, wantsSection: true, problems) : null;
    }

    private static int LevelOf(ParseResult typed, Dictionary<string, Setting> settings, string option)
    {
        Option? own = SettingNames.OptionsOf(typed.CommandResult.Command).FirstOrDefault(each => each.Name == option);
        if (own is not null && typed.GetResult(own) is { Implicit: false }) return SettingOrigin.CommandLine.Level;
        return settings.TryGetValue(option, out Setting? setting) ? setting.Origin.Level : 0;
    }

    private static bool IsBeaten(ParseResult typed, Dictionary<string, Setting> settings, string option) =>
        Rivals.Where(group => group.Contains(option)).SelectMany(group => group).Any(
            rival => rival != option && LevelOf(typed, settings, rival) > settings[option].Origin.Level);

    // Inserts before the arguments that are passed to another program.
    private static string[] Insert(IReadOnlyList<string> arguments, IEnumerable<string> more)
    {
        int end = 0;
        while (end < arguments.Count && arguments[end] != "--") end++;
        return [.. arguments.Take(end), .. more, .. arguments.Skip(end)];
    }

    private static string WithOrigin(string message, Dictionary<string, Setting> settings)
    {
        foreach (Setting setting in settings.Values)
        {
            if (message.Contains(setting.Option, StringComparison.Ordinal))
                message += $" ({setting.Option} comes from {setting.Origin.Name}.)";
        }

        return message;
    }

    // An unknown option keeps the parser from checking the rest. The rest is checked here, so that all problems are listed together.
    private static IEnumerable<string> ErrorsOf(
        RootCommand root, ParseResult parsed, IReadOnlyList<string> arguments, IReadOnlyList<string> complete,
        Dictionary<string, Setting> settings)
    {
        IReadOnlyList<string> unknown = parsed.UnmatchedTokens;
        IEnumerable<string> errors = AllErrors(parsed, complete);
        if (unknown.Count == 0) return errors;

        // The value of an unknown option is not reported as a second mistake.
        bool hasUnknownOption = unknown.Any(token => token.StartsWith('-'));
        errors =
            errors.Where(
                error =>
                    error != RequiredCommand
                        && !(hasUnknownOption
                            && unknown.Any(token => !token.StartsWith('-') && error.Contains($"'{token}'", StringComparison.Ordinal))));
        if (parsed.CommandResult.Command is RootCommand) return errors;
        List<string> rest = [.. arguments];
        foreach (string token in unknown)
            rest.Remove(rest.Find(typed => typed == token || typed.StartsWith(token + "=", StringComparison.Ordinal)) ?? token);
        string[] kept = Insert(rest, settings.Values.SelectMany(setting => setting.Tokens));
        return errors.Concat(AllErrors(root.Parse(kept), kept).Where(error => error != RequiredCommand));
    }

    // An error of a command's own rules keeps the parser from checking its options. They are checked here by the same command without
    // those rules; an option that the command has already named is not reported twice.
    private static List<string> AllErrors(ParseResult parsed, IReadOnlyList<string> tokens)
    {
        List<string> errors = [.. parsed.Errors.Select(error => ParserMessages.ForPeople(error.Message))];
        if (!parsed.Errors.Any(error => error.SymbolResult is CommandResult)) return errors;
        RootCommand lax = RootCommands.Create();
        lax.Parse(tokens).CommandResult.Command.Validators.Clear();
        foreach (ParseError error in lax.Parse(tokens).Errors)
        {
            if (error.SymbolResult is OptionResult { Option.Name: var name } && errors.Exists(known => Names(known, name))) continue;
            errors.Add(ParserMessages.ForPeople(error.Message));
        }

        return errors;
    }

    private static bool Names(string error, string option) => error.Split(' ', ':', ',', '.', '\'').Contains(option);

    private static string WithSuggestion(string message, ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.FirstOrDefault(token => message.Contains($"'{token}'", StringComparison.Ordinal)) is not { } unknown)
            return message;
        Command command = parsed.CommandResult.Command;
        string[] known =
            [.. unknown.StartsWith('-')
                ? SettingNames.OptionsOf(command).Select(option => option.Name)
                : command.Subcommands.Select(sub => sub.Name)];
        return message + Suggestions.Text(unknown, known);
    }

    private static string[] Remark(RootCommand root) =>
        [.. EnvironmentSettings.Unknown(root).Select(
            name => $"Remark: {name} of the environment is not an option of this program and was ignored.")];
}
