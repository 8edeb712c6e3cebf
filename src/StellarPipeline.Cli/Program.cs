using System.CommandLine;
using System.CommandLine.Help;
using StellarPipeline.Cli;
using StellarPipeline.Cli.Configuration;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Migrations;

var output = GuardedWriter.Install();
using var interruption = new Interruption();
ParseResult? parsed = null;
try
{
    var line = EffectiveCommandLine.Read(RootCommands.Create(), args);
    parsed = line.Parsed;
    if (line.Problems.Count > 0 && parsed.Action is not HelpAction)
    {
        foreach (string message in line.Problems) Console.Error.WriteLine(message);
        Console.Error.WriteLine($"Try: {CommandLine.Name(parsed)} --help");
        return ExitCode.Usage;
    }

    LogSettings.Use(parsed);
    bool isQuiet = parsed.CommandResult.Command.Options.OfType<System.CommandLine.Option<bool>>().FirstOrDefault(
        option => option.Name == "--quiet") is { } quiet && parsed.GetValue(quiet);
    if (!isQuiet) line.TellOrigins(Console.Error);

    // This program's handling of signals and exceptions decides the exit code, so that of System.CommandLine is switched off.
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    int code = await parsed.InvokeAsync(configuration, interruption.Token);
    if (output.Failure is not { } failure) return code;
    bool isLost = RootCommands.IsRunForItsText(parsed);
    Console.Error.WriteLine(
        $"{(isLost ? "Error" : "Warning")}: Standard output could not be written completely: {failure.Message} "
            + $"{(isLost ? "This command changed nothing." : "The command itself has succeeded.")}");
    return isLost && code == ExitCode.Done ? ExitCode.OutputLost : code;
}
catch (Exception error) when (Outcome.IsCommitted)
{
    Console.Error.WriteLine(
        "Warning: The load is committed. Something failed after it, which does not affect its rows: "
            + OptionNames.In(error.Message));
    return ExitCode.Done;
}
catch (PipelineException error)
{
    Console.Error.WriteLine($"Error: {Hints.Message(error)}");
    if (error.Kind == FailureKind.Internal)
    {
        Console.Error.WriteLine(Product.ErrorContact);
        Console.Error.WriteLine(error);
    }

    return ExitCode.Of(error.Kind);
}
catch (Npgsql.PostgresException error) when (!TransientFailure.IsTransientState(error.SqlState))
{
    // The server lives: waiting for it does not help.
    Console.Error.WriteLine($"Error: {Hints.Message(error)}");
    return ExitCode.Database;
}
catch (Npgsql.NpgsqlException error)
{
    // Loads and migrations name their stage; this is for short queries of other commands.
    Console.Error.WriteLine($"Error: The database failed or the connection was lost: {error.Message} Run again when the server is back.");
    return ExitCode.Database;
}
catch (MigrationsCancelledException error) when (interruption.Token.IsCancellationRequested)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.Interrupted;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    // An error of a file or folder that an option names, or a full disk. Archives and databases have their own messages.
    Console.Error.WriteLine(
        $"Error: A file or folder could not be used: {error.Message} Check its name, its permissions and the space on its disk.");
    return ExitCode.Usage;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted. Nothing was committed.");
    return ExitCode.Interrupted;
}
catch (Exception error)
{
    Console.Error.WriteLine($"Error: {error.GetType().Name}: {error.Message} {Product.ErrorContact}");
    Console.Error.WriteLine(error);
    return ExitCode.Bug;
}
