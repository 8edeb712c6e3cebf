using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli;

/// <summary>Functions that several commands share.</summary>
internal static class CommandLine
{
    /// <summary>The command as typed, for hints.</summary>
    public static string Name(ParseResult parsed)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? result =
            parsed.CommandResult; result is System.CommandLine.Parsing.CommandResult command; result = result.Parent)
        {
            names.Insert(0, command.Command.Name);
        }

        return string.Join(' ', names);
    }

    /// <summary>
    /// Makes the loggers. Logs go to standard error, because standard output is for results. Levels, format and file are in
    /// <see cref="LogSettings"/>.
    /// </summary>
    /// <exception cref="CommandLineException">The file of --log-file cannot be written (kind usage).</exception>
    public static ILoggerFactory CreateLoggers(bool quiet, bool verbose)
    {
        LogSettings settings = LogSettings.Current;
        LogEventLevel level = settings.Level ?? (verbose ? LogEventLevel.Information : quiet ? LogEventLevel.Error : LogEventLevel.Warning);
        LogEventLevel kept = level < LogEventLevel.Information ? level : LogEventLevel.Information;
        const string Text = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Is(kept)
            .MinimumLevel.Override("Npgsql", level < LogEventLevel.Information ? level : LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .Enrich.With(new OptionNameEnricher())
            .WriteTo.Sink(LogEvents.Instance, LogEventLevel.Information);
        configuration = settings.IsJson
            ? configuration.WriteTo.Console(new RenderedCompactJsonFormatter(), level, standardErrorFromLevel: LogEventLevel.Verbose)
            : configuration.WriteTo.Console(
                level, Text, CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose,
                theme: settings.HasColor ? null : Serilog.Sinks.SystemConsole.Themes.ConsoleTheme.None);
        if (settings.File is { } file)
        {
            RequireWritable(file);
            configuration = settings.IsJson
                ? configuration.WriteTo.File(new RenderedCompactJsonFormatter(), file, fileSizeLimitBytes: null)
                : configuration.WriteTo.File(
                    file, outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u3} [{EventId}] {Message:lj}{NewLine}{Exception}",
                    formatProvider: CultureInfo.InvariantCulture, fileSizeLimitBytes: null);
        }

        return new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true);
    }

    private static void RequireWritable(string file)
    {
        try
        {
            using var probe = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CommandLineException(
                FailureKind.Usage,
                $"--log-file: {file} cannot be written: {error.Message} Nothing was done. Name a file in a folder that exists and that "
                    + $"you may write.");
        }
    }
}
