using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>server</c> and <c>psql</c>: give access to the rows that loads without <c>--database</c> left there.</summary>
internal static class ServerCommand
{
    public static Command Create()
    {
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        var command = new Command("server", "Runs the private server until it is interrupted; prints how to connect.") { dataDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase database =
                await TargetDatabase.OpenAsync(null, parsed.GetValue(dataDirectory), null, loggers, cancellationToken, mustExist: true,
                    mayShare: false);
            Console.WriteLine($"PostgreSQL {database.Server!.Version} runs on {database.Server.DataDirectory}.");
            Console.WriteLine($"Connect with: {database.Server.PsqlCommandLine}");
            Console.WriteLine($"Or with: {StartedAs.Command} psql"
                + $"{(parsed.GetValue(dataDirectory) is { } named ? $" --data-directory {named}" : "")}, as often as you like.");
            Console.WriteLine("Press Ctrl+C to stop the server.");
            Interruption.Announcement = "Interrupted: stopping the server.";
            var interrupted = new TaskCompletionSource();
            await using CancellationTokenRegistration registration = cancellationToken.Register(interrupted.SetResult);
            await interrupted.Task;
            Console.WriteLine("Server stopped.");
            return ExitCode.Done;
        });
        return command;
    }

    public static Command CreatePsql()
    {
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        var arguments =
            new Argument<string[]>("arguments")
            {
                Description = "Arguments for psql; put them after --.",
                Arity = ArgumentArity.ZeroOrMore,
            };
        var command =
            new Command("psql", "Opens psql on the private server, for example: psql -- -c 'SELECT count(*) FROM native_balances'")
            {
                dataDirectory,
                arguments,
            };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase database =
                await TargetDatabase.OpenAsync(null, parsed.GetValue(dataDirectory), null, loggers, cancellationToken, mustExist: true);
            string[] words = database.PsqlCommandLine!.Split(' ');
            var start = new ProcessStartInfo(words[0], [.. words[1..], .. parsed.GetValue(arguments) ?? []]);
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("psql did not start.");

            // ^C is for psql, which cancels its query and does not exit, so this process ignores it.
            Interruption.Announcement = "";
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        });
        return command;
    }
}
