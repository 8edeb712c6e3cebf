namespace StellarPipeline.Cli.Configuration;

/// <summary>Where the value of an option comes from.</summary>
/// <param name="Level">A higher level overrides a lower one: a file is 1, the environment 2, the command line 3.</param>
/// <param name="Name">The name for messages, such as <c>STELLAR_PIPELINE_SCHEMA of the environment</c>.</param>
internal sealed record SettingOrigin(int Level, string Name)
{
    /// <summary>The typed command line.</summary>
    public static SettingOrigin CommandLine { get; } = new(3, "the command line");

    /// <summary>The default of the program.</summary>
    public static SettingOrigin Default { get; } = new(0, "default");

    /// <summary>A key of a configuration file.</summary>
    public static SettingOrigin OfFile(string key, string path) => new(1, $"{key} of {path}");

    /// <summary>A variable of the environment.</summary>
    public static SettingOrigin OfVariable(string variable) => new(2, $"{variable} of the environment");
}
