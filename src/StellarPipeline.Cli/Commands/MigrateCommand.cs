using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>migrate up [n]</c>, <c>migrate down n</c>, <c>migrate status</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create() => new("migrate", "Brings the database schema up or down, in the bookkeeping that wallet-backend's own tool uses.") { Up(), Down(), Status() };

    private static Command Up()
    {
        var count = new Argument<int?>("count") { Description = "Most migrations to apply; all pending ones without it.", Arity = ArgumentArity.ZeroOrOne };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1) result.AddError("migrate up: the count must be 1 or more.");
        });
        return Make("up", "Applies pending migrations.", [count], async (runner, parsed, cancellationToken) =>
        {
            IReadOnlyList<string> applied = await runner.UpAsync(parsed.GetValue(count), cancellationToken);
            foreach (string name in applied) Console.WriteLine($"applied {name}");
            Console.WriteLine(applied.Count == 0 ? "Nothing was pending." : $"{applied.Count} migration(s) applied.");
        });
    }

    private static Command Down()
    {
        var count = new Argument<int>("count") { Description = "How many migrations to take back, newest first." };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("migrate down: the count must be 1 or more.");
        });
        return Make("down", "Takes migrations back: their tables go, with the rows in them.", [count], async (runner, parsed, cancellationToken) =>
        {
            IReadOnlyList<string> reverted = await runner.DownAsync(parsed.GetValue(count), cancellationToken);
            foreach (string name in reverted) Console.WriteLine($"reverted {name}");
            Console.WriteLine(reverted.Count == 0 ? "Nothing was applied." : $"{reverted.Count} migration(s) reverted.");
        });
    }

    private static Command Status() => Make("status", "Lists the migrations and which of them are applied.", [], async (runner, _, cancellationToken) =>
    {
        foreach (MigrationStatus status in await runner.StatusAsync(cancellationToken))
        {
            Console.WriteLine(status.AppliedAt is { } at ? $"{at:yyyy-MM-dd HH:mm:ss}Z  {status.Name}" : $"pending               {status.Name}");
        }
    });

    private static Command Make(string name, string description, IReadOnlyList<Argument> arguments, Func<MigrationRunner, ParseResult, CancellationToken, Task> run)
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        var command = new Command(name, description) { database, dataDirectory, schema };
        foreach (Argument argument in arguments) command.Add(argument);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), loggers, cancellationToken);
            await run(new MigrationRunner(target.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), loggers.CreateLogger("schema")), parsed, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }
}
