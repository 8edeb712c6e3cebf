using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Cli.Output;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>migrate up [n]</c>, <c>migrate down n</c>, <c>migrate status</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create() =>
        new("migrate",
            "Migrates the database schema up or down, and keeps the bookkeeping of wallet-backend's own tool.") { Up(), Down(), Status() };

    private static Command Up()
    {
        var count =
            new Argument<int?>("count")
            {
                Description = "Maximum number of migrations to apply. [default: all pending ones]",
                Arity = ArgumentArity.ZeroOrOne,
            };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1) result.AddError("migrate up: the count must be 1 or more.");
        });
        return Make("up", "Applies pending migrations.", [count], [], async (runner, parsed, cancellationToken) =>
        {
            IReadOnlyList<string> applied = await runner.UpAsync(parsed.GetValue(count), cancellationToken);
            foreach (string name in applied) Console.WriteLine($"applied {name}");
            Console.WriteLine(applied.Count == 0 ? "Nothing was pending." : $"{applied.Count} migration(s) applied.");
        });
    }

    private static Command Down()
    {
        var count = new Argument<int>("count") { Description = "Number of migrations to revert, newest first." };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("migrate down: the count must be 1 or more.");
        });
        var yes = new Option<bool>("--yes") { Description = "Do not ask for confirmation." };
        var dropDependents =
            new Option<bool>("--drop-dependents")
            {
                Description =
                    "Allow a migration's DROP … CASCADE to drop views, foreign keys and other objects that belong to others. Without it, "
                        + "the command refuses to run if there are any.",
            };
        return Make(
            "down",
            "Reverts migrations, the last one by name first, and drops their tables with all rows. Shows what would be dropped and "
                + "asks for confirmation.", [count], [yes, dropDependents], async (runner, parsed, cancellationToken) =>
            {
                MigrationDownPlan plan = await runner.PlanDownAsync(parsed.GetValue(count), cancellationToken);
                if (plan.Files.Count == 0)
                {
                    Console.WriteLine("Nothing was applied.");
                    return;
                }

                foreach (string line in MigrationDownText.Render(plan)) Console.WriteLine(line);
                bool allowed = parsed.GetValue(dropDependents) || plan.Dependents.Count == 0;
                if (allowed && !parsed.GetValue(yes)) Confirm(plan);
                IReadOnlyList<string> reverted = await runner.DownAsync(plan, parsed.GetValue(dropDependents), cancellationToken);
                foreach (string name in reverted) Console.WriteLine($"reverted {name}");
                Console.WriteLine($"{reverted.Count} migration(s) reverted.");
            });
    }

    private static void Confirm(MigrationDownPlan plan)
    {
        if (Console.IsInputRedirected)
        {
            throw new CommandLineException(
                FailureKind.Usage, "Nothing was changed. There is no terminal to ask for confirmation: give --yes.");
        }

        Console.Write($"Revert {plan.Files.Count} migration(s) in schema {plan.Schema}? Type yes: ");
        if (Console.ReadLine()?.Trim() != "yes") throw new CommandLineException(FailureKind.Usage, "Nothing was changed.");
    }

    private static Command Status()
    {
        Option<string> format = CommonOptions.Format();
        return Make(
            "status",
            "Lists the migrations and whether they are applied. Migrations that this program does not know belong to another tool and are "
                + "named last.", [], [format], async (runner, parsed, cancellationToken) =>
            {
                IReadOnlyList<MigrationStatus> all = await runner.StatusAsync(cancellationToken);
                if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json) Console.WriteLine(Json(all));
                else Print(all);
            });
    }

    private static string Json(IReadOnlyList<MigrationStatus> all) =>
        JsonText.Of(new System.Text.Json.Nodes.JsonArray([.. all.Select(status => new System.Text.Json.Nodes.JsonObject
        {
            ["name"] = status.Name, ["applied"] = status.IsApplied, ["applied_at"] = status.AppliedAt?.UtcDateTime,
            ["known"] = status.IsKnown, ["tracking_table"] = status.TrackingTable,
        })]));

    private static void Print(IReadOnlyList<MigrationStatus> all)
    {
        foreach (MigrationStatus status in all)
        {
            string when =
                !status.IsApplied ? "pending" : status.AppliedAt is { } at ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : "applied, no time";
            Console.WriteLine(
                $"{when,-20}  "
                    + $"{status.Name}"
                    + $"{(status.IsKnown ? "" : $"  (unknown to this program; recorded in {status.TrackingTable} by another tool)")}");
        }
    }

    private static Command Make(string name, string description, IReadOnlyList<Argument> arguments, IReadOnlyList<Option> options,
        Func<MigrationRunner, ParseResult, CancellationToken, Task> run)
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        var command = new Command(name, description) { database, dataDirectory, schema };
        foreach (Argument argument in arguments) command.Add(argument);
        foreach (Option option in options) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(parsed.GetValue(database), parsed.GetValue(dataDirectory),
                parsed.GetValue(schema), loggers, cancellationToken, mustExist: true);
            await run(new MigrationRunner(target.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(),
                loggers.CreateLogger<MigrationRunner>()), parsed, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }
}
