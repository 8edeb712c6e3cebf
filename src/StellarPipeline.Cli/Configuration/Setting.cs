namespace StellarPipeline.Cli.Configuration;

/// <summary>The value of an option from a file or the environment.</summary>
/// <param name="Option">Its name with the dashes.</param>
/// <param name="Values">What it says; several where the option may be given several times.</param>
/// <param name="Origin">Where it comes from.</param>
internal sealed record Setting(string Option, IReadOnlyList<string> Values, SettingOrigin Origin)
{
    /// <summary>As the command line would say it.</summary>
    public IEnumerable<string> Tokens => Values.Select(value => $"{Option}={value}");
}
