using System.CommandLine;
using Serilog.Events;

namespace StellarPipeline.Cli.Output.Logging;

/// <summary>How this process logs: the options that hold for every command.</summary>
/// <param name="Level">The lowest level that is logged; null for the level of --quiet or --verbose, else warnings.</param>
/// <param name="IsJson">True for one JSON object per line.</param>
/// <param name="File">A file that also gets the log; null for none.</param>
/// <param name="HasColor">Whether colours may be used.</param>
internal sealed record LogSettings(LogEventLevel? Level, bool IsJson, string? File, bool HasColor)
{
    private static readonly string[] Levels = ["trace", "debug", "information", "warning", "error", "none"];

    private static readonly Option<string?> LevelOption = new("--log-level")
    {
        Description = $"Lowest level that is logged to standard error: {string.Join(", ", Levels)}. [default: warning]",
        HelpName = "level",
        Recursive = true,
        CompletionSources = { Levels },
    };

    private static readonly Option<string?> FormatOption = new("--log-format")
    {
        Description =
            "Format of the log: text, or json with an object per line in Serilog's compact format (@t, @l, @m, EventId, fields). "
                + "[default: text]",
        HelpName = "text|json",
        Recursive = true,
        CompletionSources = { "text", "json" },
    };

    private static readonly Option<string?> FileOption = new("--log-file")
    {
        Description = "Also append the log to this file, including level information even if --log-level is higher.",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<bool> NoColorOption =
        new("--no-color") { Description = "Print without colours, as with the variable NO_COLOR.", Recursive = true };

    /// <summary>The settings of this process.</summary>
    public static LogSettings Current { get; private set; } = new(null, false, null, true);

    /// <summary>The options, for the root command.</summary>
    public static IEnumerable<Option> Options
    {
        get
        {
            LevelOption.Validators.Clear();
            LevelOption.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<string?>() is { } level && !Levels.Contains(level))
                    result.AddError($"--log-level {level}: give one of {string.Join(", ", Levels)}.");
            });
            FormatOption.Validators.Clear();
            FormatOption.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<string?>() is { } format && format is not ("text" or "json"))
                    result.AddError($"--log-format {format}: give text or json.");
            });
            return [LevelOption, FormatOption, FileOption, NoColorOption];
        }
    }

    /// <summary>Takes the settings of the command line.</summary>
    public static void Use(ParseResult parsed)
    {
        LogEventLevel? level = parsed.GetValue(LevelOption) switch
        {
            "trace" => LogEventLevel.Verbose,
            "debug" => LogEventLevel.Debug,
            "information" => LogEventLevel.Information,
            "warning" => LogEventLevel.Warning,
            "error" => LogEventLevel.Error,
            "none" => LogEventLevel.Fatal,
            _ => null,
        };
        bool hasColor = !parsed.GetValue(NoColorOption) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Current = new LogSettings(level, parsed.GetValue(FormatOption) == "json", parsed.GetValue(FileOption), hasColor);
        if (!hasColor) Spectre.Console.AnsiConsole.Profile.Capabilities.ColorSystem = Spectre.Console.ColorSystem.NoColors;
    }
}
