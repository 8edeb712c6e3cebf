namespace StellarPipeline.Cli.Configuration;

/// <summary>The value of an option from a file or the environment.</summary>
/// <param name="Option">The name of the option with its dashes.</param>
/// <param name="Values">The values; several if the option may be given several times.</param>
/// <param name="Origin">Where the value comes from.</param>
internal sealed record Setting(string Option, IReadOnlyList<string> Values, SettingOrigin Origin)
{
    /// <summary>The setting as words of a command line.</summary>
    public IEnumerable<string> Tokens => Values.Select(value => $"{Option}={value}");
}
