using System.CommandLine;

namespace StellarPipeline.Cli.Configuration;

/// <summary>The values attached to switches, such as <c>--dry-run=false</c>.</summary>
/// <remarks>
/// The parser takes a switch with any other value than true and false for one without a value, which is true, and gives the value to the
/// next argument of the command: <c>--replace=$UNSET</c> would replace, and <c>--drop-dependents=0</c> would drop.
/// </remarks>
internal static class SwitchValues
{
    /// <summary>A value that no switch has.</summary>
    /// <param name="Value">The value as typed.</param>
    /// <param name="Message">The problem, with the name of the option.</param>
    public sealed record Wrong(string Value, string Message);

    /// <summary>Finds the values that are neither true nor false.</summary>
    /// <param name="command">The command that runs.</param>
    /// <param name="arguments">All words of the command line; those after <c>--</c> are not looked at.</param>
    public static IReadOnlyList<Wrong> Find(Command command, IEnumerable<string> arguments)
    {
        HashSet<string> switches =
            [.. SettingNames.OptionsOf(command).OfType<Option<bool>>().SelectMany(option => option.Aliases.Prepend(option.Name))];
        var wrong = new List<Wrong>();
        foreach (string argument in arguments.TakeWhile(argument => argument != "--"))
        {
            int end = argument.IndexOfAny(['=', ':']);
            if (end < 0 || !switches.Contains(argument[..end])) continue;
            string name = argument[..end], value = argument[(end + 1)..];
            if (string.IsNullOrWhiteSpace(value)) wrong.Add(new Wrong(value, OptionRules.EmptyValue(name)));
            else if (!bool.TryParse(value, out _)) wrong.Add(new Wrong(value, $"{name}: '{value}' is neither true nor false."));
        }

        return wrong;
    }
}
