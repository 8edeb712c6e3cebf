using System.CommandLine;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>plan</c>: how a load of some tables would keep their foreign keys. Changes nothing.</summary>
internal static class PlanCommand
{
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
                DefaultValueFactory = _ => "text",
            };
        format.AcceptOnlyFromAmong("text", "json", "dot");
        Option<string> foreignKeys = CommonOptions.ForeignKeys();
        Option<string> rebuildIndexes =
            CommonOptions.RebuildIndexes(IndexRebuild.Never, "auto does so for empty tables whose rows come in random order.");
        var parentsFirst =
            new Option<bool>("--parents-first")
            {
                Description = "The loader writes parents before their children, as populate does. Always so for the wallet tables.",
            };
        var replace =
            new Option<bool>("--replace")
            {
                Description = "Plan for a load that empties the tables first: lists what belongs to others and would be touched.",
            };
        var mayChange =
            new Option<bool>("--allow-dependent-changes")
            {
                Description = "With --replace, let the load do to rows of other tables what their foreign keys and triggers say.",
            };
        var checkpoint =
            new Option<uint?>("--checkpoint")
            {
                Description =
                    "With --replace, the ledger of the checkpoint: shows what the load would keep, move and remove where ingestion has "
                        + "worked on the database. [default: the highest ledger that the database speaks of]",
                HelpName = "ledger",
            };
        var discardAbove =
            new Option<bool>("--discard-history-above")
            {
                Description = "With --replace, plan for a load that removes what ingestion has stored above the checkpoint.",
            };
        var command =
            new Command("plan",
                "Shows the checks that a load makes, the locks that it takes, the foreign keys of the tables to load as a graph, its "
                    + "layers and cycles, every strategy with the reasons for and against it, and the SQL to run. Exits with 2 where a "
                    + "load would be refused.")
            {
                database, dataDirectory, tables, schema, format, foreignKeys, rebuildIndexes, parentsFirst, replace, mayChange, checkpoint,
                discardAbove,
            };
        command.Validators.Add(result =>
        {
            if (result.GetValue(tables) is { } list
                && list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length == 0)
            {
                result.AddError("--tables: no table is named.");
            }

            if (result.GetValue(tables) is not null && result.GetValue(schema) is not null)
                result.AddError("Give --tables or --schema, not both.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), null, loggers, cancellationToken, mustExist: true);
            await using NpgsqlConnection connection = await SessionStart.OpenAsync(target.DataSource, cancellationToken);
            (NpgsqlTransaction transaction, SessionFacts _) =
                await SessionStart.BeginAsync(target.DataSource, connection, cancellationToken);
            await using NpgsqlTransaction pinned = transaction;
            string? named = parsed.GetValue(tables);
            ForeignKeyCatalog catalog = parsed.GetValue(schema) is { } wholeSchema
                ? await ForeignKeyCatalog.ReadSchemaAsync(connection, wholeSchema, cancellationToken)
                : await ForeignKeyCatalog.ReadAsync(
                    connection, (named?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        ?? WalletTables.All.Select(table => table.QualifiedName)).Select(target.Qualify), cancellationToken);
            bool isWallet = named is null && parsed.GetValue(schema) is null;
            var options = new ForeignKeyOptions
            {
                Choice = CommonOptions.Choice<ForeignKeyChoice>(parsed.GetValue(foreignKeys)),
                IndexRebuild = CommonOptions.Choice<IndexRebuild>(parsed.GetValue(rebuildIndexes)),
                WritesParentsFirst = isWallet || parsed.GetValue(parentsFirst),
            };
            var wallet = new PopulateChecks(
                new PopulateOptions { Replace = parsed.GetValue(replace), MayChangeDependents = parsed.GetValue(mayChange) });
            LoadRequest request = isWallet
                ? wallet.Request.Resolve(Resolve) with { ForeignKeys = options, ChooseForeignKeys = null }
                : new LoadRequest
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
            bool isReadable =
                findings.TrueForAll(finding => !finding.IsObstacle || finding.Check is not ("session" or LoadPreflight.TableShape));
            if (isWallet && parsed.GetValue(replace) && isReadable)
            {
                findings.AddRange(await LivingPlan.FindAsync(
                    target.DataSource, parsed.GetValue(checkpoint), parsed.GetValue(discardAbove), cancellationToken));
            }

            ForeignKeyPlan plan = preflight.Plan ?? await ForeignKeyLoad.PlanAsync(connection, catalog, options, cancellationToken);

            // What is refused anyway is not worth a lock, and what is read needs none any more.
            if (!findings.Exists(finding => finding.IsObstacle))
                plan = await StrategyTrial.RunAsync(connection, plan, findings, cancellationToken);
            Console.WriteLine(parsed.GetValue(format) switch
            {
                "json" => ForeignKeyPlanJson.Render(plan, preflight.LockText, findings),
                "dot" => ForeignKeyPlanDot.Render(plan),
                _ => ForeignKeyPlanText.Render(plan, preflight.LockText, findings),
            });
            return plan.IsRefused || findings.Exists(finding => finding.IsObstacle) ? ExitCode.Usage : ExitCode.Done;

            CopyTable Resolve(CopyTable table) => new(catalog.Tables[0].Name.Schema, table.Name, table.Columns);
        });
        return command;
    }
}
