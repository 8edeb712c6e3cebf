using System.CommandLine;
using System.CommandLine.Parsing;

namespace StellarPipeline.Cli;

/// <summary>Rules for every option of every command: each wrong input is reported with the name of the option.</summary>
internal static class OptionRules
{
    /// <summary>Applies the rules to a command and its subcommands.</summary>
    /// <remarks>
    /// An empty value is an error and never means "absent": it usually comes from an unset variable of a script, and must not select
    /// another database or network.
    /// </remarks>
    public static void Apply(Command command)
    {
        foreach (Option option in command.Options)
        {
            Apply(option.Validators, null);
            if (option.Name == "--network") option.CompletionSources.Add(["pubnet", "testnet", "futurenet"]);
        }

        foreach (Argument argument in command.Arguments.Where(argument => argument.Arity.MaximumNumberOfValues <= 1))
            Apply(argument.Validators, result => RefuseEmpty(argument.Name, result));
        ExcludeEachOther(command);
        Apply(command.Validators, RefuseMissingAndEmpty);
        foreach (Command sub in command.Subcommands) Apply(sub);
    }

    /// <summary>The given value of an option; null if it was left out, or is not of its type, which the parser reports.</summary>
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

    /// <summary>The message about an option with an empty value.</summary>
    /// <param name="name">The name of the option or argument.</param>
    public static string EmptyValue(string name) =>
        $"{name}: the value is empty. Leave the option out or give it a value. Is a variable unset?";

    // Only one of them can be meant: if the user names a database, no private server is started.
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
                    "--database and --data-directory: give one of the two. --data-directory is the folder of the private server, which is "
                        + "not started if a database is named.");
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
                    // The value is missing or of another type. The parser reports it.
                }
            });
        }
    }

    // This rule comes first: an error of another rule of the command keeps the parser from checking its options.
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
            (parent ?? result).AddError(EmptyValue(name));
    }
}
