using System.CommandLine;

namespace StellarPipeline.Cli;

/// <summary>Options that are numbers between two bounds; their help and their error name the bounds.</summary>
internal static class NumberOption
{
    public static Option<int> Of(string name, string description, int value, int least, int most = int.MaxValue)
    {
        string bounds =
            most == int.MaxValue ? FormattableString.Invariant($"{least} or more") : FormattableString.Invariant($"{least} to {most}");
        var option =
            new Option<int>(name)
            {
                Description = $"{description.TrimEnd('.')}: {bounds}.",
                HelpName = "number",
                DefaultValueFactory = _ => value,
            };
        option.Validators.Add(result =>
        {
            int given = result.GetValueOrDefault<int>();
            if (given < least || given > most) result.AddError($"{name}: give {bounds}.");
        });
        return option;
    }

    public static void Bound(Option<uint> option, uint least, uint most) => option.Validators.Add(result =>
    {
        uint given = result.GetValueOrDefault<uint>();
        if (given < least || given > most) result.AddError(FormattableString.Invariant($"{option.Name}: give {least} to {most}."));
    });
}
