using System.CommandLine;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Cli.Output;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>plan</c>: shows how a load of some tables would keep their foreign keys. Changes nothing.</summary>
internal static class PlanCommand
{
    private const string Text = "text";

    public static Command Create()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        var tables =
            new Option<string?>("--tables")
            {
                Description = "Tables to load, separated by commas. [default: the wallet tables]",
                HelpName = "a,b,…",
            };
        var schema = new Option<string?>("--schema") { Description = "Load all tables of this schema.", HelpName = "schema" };
        var format =
            new Option<string>("--format")
            {
                Description = "How to print the plan.",
                HelpName = "text|json|dot",
                DefaultValueFactory = _ => Text,
            };
        format.AcceptOnlyFromAmong(Text, "json", "dot");
        Option<string> foreignKeys = CommonOptions.ForeignKeys();
        Option<string> rebuildIndexes = CommonOptions.RebuildIndexes(
            IndexRebuild.Auto, "auto does so for empty tables whose rows come in random order; for the wallet tables populate decides by "
                + "the size of the checkpoint, which plan does not know.");
        var parentsFirst =
            new Option<bool>("--parents-first")
            {
                Description = "The loader writes parents before their children, as populate does. Always true for the wallet tables.",
            };
        var replace =
            new Option<bool>("--replace")
            {
                Description = "Plan a load that empties the tables first: lists the objects and rows of others that it would change.",
            };
        var mayChange =
            new Option<bool>("--allow-dependent-changes")
            {
                Description = "With --replace, allow changes to other tables' rows by their foreign keys and triggers.",
            };
        var checkpoint =
            new Option<uint?>("--checkpoint")
            {
                Description =
                    "With --replace, the ledger of the checkpoint: shows what the load would keep, move and remove if ingestion has "
                        + "written to the database. [default: the highest ledger in the database]",
                HelpName = "ledger",
            };
        var discardAbove =
            new Option<bool>("--discard-history-above")
            {
                Description = "With --replace, plan a load that removes history rows above the checkpoint.",
            };
        Option<string?> network = CommonOptions.Network();
        network.Description = "The network whose ingestion must not be running on the wallet tables. Without it, this is not checked.";
        var noMigrate =
            new Option<bool>("--no-migrate") { Description = "Plan a load that does not apply migrations." };
        var command =
            new Command("plan",
                "Shows the checks that a load makes, the locks that it takes, the graph of the tables' foreign keys with its "
                    + "layers and cycles, every strategy with the reasons for and against it, and the SQL to run. Exits with 2 if a "
                    + "load would be refused.")
            {
                database, dataDirectory, tables, schema, format, foreignKeys, rebuildIndexes, parentsFirst, replace, mayChange, checkpoint,
                discardAbove, network, noMigrate,
            };
        command.Validators.Add(result =>
        {
            if (result.GetValue(tables) is { } list
                && list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length == 0)
            {
                result.AddError("--tables: name at least one table.");
            }

            if (result.GetValue(tables) is not null && result.GetValue(schema) is not null)
                result.AddError("Give --tables or --schema, not both.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            bool isWallet = parsed.GetValue(tables) is null && parsed.GetValue(schema) is null;
            await using TargetDatabase target = await TargetDatabase.OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), null, loggers, cancellationToken, mustExist: true);
            string kind = parsed.GetValue(format)!;
            if (!isWallet) return Print(await OthersAsync(target, parsed, cancellationToken), kind);
            var options = new PopulateOptions
            {
                ForeignKeys = CommonOptions.Choice<ForeignKeyChoice>(parsed.GetValue(foreignKeys)),
                IndexRebuild = CommonOptions.Choice<IndexRebuild>(parsed.GetValue(rebuildIndexes)),
                Replace = parsed.GetValue(replace),
                MayChangeDependents = parsed.GetValue(mayChange),
                DiscardHistoryAbove = parsed.GetValue(discardAbove),
                Migrate = !parsed.GetValue(noMigrate),
            };
            PopulatePlan plan = await new PopulatePlanner(target.DataSource, options, loggers).PlanAsync(
                CommonOptions.ParseNetwork(parsed.GetValue(network)), parsed.GetValue(checkpoint), cancellationToken);
            int code = plan.ForeignKeys is { } keys
                ? Print((keys, plan.Load.Preflight.LockText, plan.Findings), kind)
                : PlanWithoutTables.Print(plan, kind);
            if (kind == Text)
            {
                foreach (string advice in PopulateThrow.Advice([.. plan.Findings.Where(finding => finding.IsObstacle)]))
                    Console.WriteLine(advice);
            }

            return code;
        });
        return command;

        // Tables that do not belong to this program are loaded by somebody else.
        async Task<(ForeignKeyPlan Plan, string Locks, IReadOnlyList<LoadFinding> Findings)> OthersAsync(
            TargetDatabase target, ParseResult parsed, CancellationToken cancellationToken)
        {
            await using NpgsqlConnection connection = await SessionStart.OpenAsync(target.DataSource, cancellationToken);
            (NpgsqlTransaction transaction, SessionFacts _) =
                await SessionStart.BeginAsync(target.DataSource, connection, cancellationToken);
            await using NpgsqlTransaction pinned = transaction;
            ForeignKeyCatalog catalog = parsed.GetValue(schema) is { } wholeSchema
                ? await ForeignKeyCatalog.ReadSchemaAsync(connection, wholeSchema, cancellationToken)
                : await ForeignKeyCatalog.ReadAsync(
                    connection,
                    parsed.GetValue(tables)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        .Select(target.Qualify), cancellationToken);
            var options = new ForeignKeyOptions
            {
                Choice = CommonOptions.Choice<ForeignKeyChoice>(parsed.GetValue(foreignKeys)),
                IndexRebuild = CommonOptions.Choice<IndexRebuild>(parsed.GetValue(rebuildIndexes)),
                WritesParentsFirst = parsed.GetValue(parentsFirst),
            };
            var request = new LoadRequest
            {
                Tables =
                    [.. catalog.Tables.Where(table => table.Columns.Count > 0).Select(
                        table => new CopyTable(table.Name.Schema, table.Name.Name, [.. table.Columns.Select(column => column.Name)]))],
                ChecksColumns = false,
                Content = parsed.GetValue(replace) ? TableContent.Replace : TableContent.Keep,
                MayChangeDependents = parsed.GetValue(mayChange),
                ForeignKeys = options,
            };
            LoadPreflight preflight = await LoadPreflight.ReadAsync(connection, request, cancellationToken);
            List<LoadFinding> findings = [.. preflight.Findings];
            ForeignKeyPlan plan = preflight.Plan ?? await ForeignKeyLoad.PlanAsync(connection, catalog, options, cancellationToken);

            // A load that is refused anyway needs no locks, nor does a plan once the catalogue has been read.
            if (!findings.Exists(finding => finding.IsObstacle))
                plan = await StrategyTrial.RunAsync(connection, plan, findings, cancellationToken);
            return (plan, preflight.LockText, findings);
        }
    }

    private static int Print((ForeignKeyPlan Plan, string Locks, IReadOnlyList<LoadFinding> Findings) made, string kind)
    {
        Console.WriteLine(kind switch
        {
            "json" => ForeignKeyPlanJson.Render(made.Plan, made.Locks, made.Findings),
            "dot" => ForeignKeyPlanDot.Render(made.Plan),
            _ => ForeignKeyPlanText.Render(made.Plan, made.Locks, made.Findings),
        });
        return made.Plan.IsRefused || made.Findings.Any(finding => finding.IsObstacle) ? ExitCode.Usage : ExitCode.Done;
    }
}
