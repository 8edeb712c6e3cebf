using System.CommandLine;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace StellarPipeline.Cli;

/// <summary>What several commands share.</summary>
internal static class CommandLine
{
    /// <summary>The command as typed, for hints.</summary>
    public static string Name(ParseResult parsed)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is System.CommandLine.Parsing.CommandResult command; result = result.Parent) names.Insert(0, command.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>Logs go to standard error: standard output is for results.</summary>
    public static ILoggerFactory CreateLoggers(bool quiet, bool verbose)
    {
        LogEventLevel level = verbose ? LogEventLevel.Information : quiet ? LogEventLevel.Error : LogEventLevel.Warning;
        Serilog.Core.Logger logger = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .WriteTo.Console(standardErrorFromLevel: LogEventLevel.Verbose, outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: System.Globalization.CultureInfo.InvariantCulture)
            .CreateLogger();
        return new SerilogLoggerFactory(logger, dispose: true);
    }
}
