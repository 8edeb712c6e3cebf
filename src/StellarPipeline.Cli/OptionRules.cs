using System.CommandLine;
using System.CommandLine.Parsing;

namespace StellarPipeline.Cli;

/// <summary>What holds for every option of every command, so that no input ends in anything but a sentence that names the option.</summary>
internal static class OptionRules
{
    /// <summary>Gives the rules to a command and those below it.</summary>
    /// <remarks>
    /// A value that is given but empty is an error, never "absent": it is an unset variable of a script, as a rule, and must not choose
    /// another database or network.
    /// </remarks>
    public static void Apply(Command command)
    {
        foreach (Option option in command.Options) Apply(option.Validators, null);
        foreach (Argument argument in command.Arguments.Where(argument => argument.Arity.MaximumNumberOfValues <= 1))
            Apply(argument.Validators, result => RefuseEmpty(argument.Name, result));
        ExcludeEachOther(command);
        Apply(command.Validators, RefuseMissingAndEmpty);
        foreach (Command sub in command.Subcommands) Apply(sub);
    }

    /// <summary>The value that an option was given; null where it was left out, or is none of its type, which the parser reports.</summary>
    public static T? Given<T>(CommandResult result, Option<T> option)
        where T : struct
    {
        if (result.GetResult(option) is not { Implicit: false, Tokens.Count: > 0 } given) return null;
        try
        {
            return given.GetValueOrDefault<T>();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // Only one of them can be meant: with a database of the user's no private server is started.
    private static void ExcludeEachOther(Command command)
    {
        Option? database = command.Options.FirstOrDefault(option => option.Name == "--database");
        Option? directory = command.Options.FirstOrDefault(option => option.Name == "--data-directory");
        if (database is null || directory is null) return;
        command.Validators.Add(result =>
        {
            if (result.GetResult(database) is { Implicit: false } && result.GetResult(directory) is { Implicit: false })
            {
                result.AddError(
                    "--database and --data-directory: give one of the two. --data-directory is where the private server keeps its data, "
                        + "and that is not started when a database is named.");
            }
        });
    }

    private static void Apply<T>(List<Action<T>> validators, Action<T>? first)
        where T : SymbolResult
    {
        Action<T>[] own = [.. validators];
        validators.Clear();
        if (first is not null) validators.Add(first);
        foreach (Action<T> validator in own)
        {
            validators.Add(result =>
            {
                try
                {
                    validator(result);
                }
                catch (InvalidOperationException)
                {
                    // A value that is missing or of another type has no value to look at. The parser reports it.
                }
            });
        }
    }

    // Here, and first of all: what a rule of the command finds would keep the parser from looking at its options.
    private static void RefuseMissingAndEmpty(CommandResult result)
    {
        foreach (OptionResult option in result.Children.OfType<OptionResult>().Where(option => !option.Implicit))
        {
            if (option.Tokens.Count == 0 && option.Option.Arity.MinimumNumberOfValues > 0)
                result.AddError($"{option.Option.Name}: the value is missing.");
            RefuseEmpty(option.Option.Name, option, result);
        }
    }

    private static void RefuseEmpty(string name, SymbolResult result, SymbolResult? parent = null)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            (parent ?? result).AddError($"{name}: the value is empty. Leave it out, or give it a value; a variable may not be set.");
    }
}
