using System.CommandLine;
using StellarPipeline.Cli;
using StellarPipeline.Cli.Commands;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;

using var interruption = new Interruption();
var root = new RootCommand("Fills PostgreSQL tables from a Stellar history-archive checkpoint, proved before it is visible.")
{
    PopulateCommand.Create(),
    PlanCommand.Create(),
    MigrateCommand.Create(),
    ArchiveCommand.Create(),
    LedgerCommand.Create(),
    DemoCommand.Create(),
    ServerCommand.Create(),
    ServerCommand.CreatePsql(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine($"Try: {CommandLine.Name(parsed)} --help");
    return ExitCode.Usage;
}

try
{
    // Our own handling of signals and exceptions decides the exit code, so the library's is switched off.
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await parsed.InvokeAsync(configuration, interruption.Token);
}
catch (PipelineException error)
{
    Console.Error.WriteLine($"Error: {error.Message}");
    if (error.Kind == FailureKind.Internal) Console.Error.WriteLine(error);
    return ExitCode.Of(error.Kind);
}
catch (Npgsql.NpgsqlException error)
{
    // Loads and migrations name their stage; this is for short look-ups of other commands.
    Console.Error.WriteLine($"Error: The database failed or went away: {error.Message} Run again when the server is back.");
    return ExitCode.Database;
}
catch (MigrationsCancelledException error) when (interruption.Token.IsCancellationRequested)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.Interrupted;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted. Nothing was committed.");
    return ExitCode.Interrupted;
}
catch (Exception error)
{
    Console.Error.WriteLine($"Error: {error.GetType().Name}: {error.Message} This is a bug in stellar-pipeline: please report it with the lines below.");
    Console.Error.WriteLine(error);
    return ExitCode.Bug;
}
