using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using StellarPipeline.Cli.Output;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>timescale configure</c> and <c>timescale status</c>: TimescaleDB's settings for the history tables.</summary>
internal static class TimescaleCommand
{
    private const string NoRetention = "none";

    public static Command Create() => new(
        "timescale", "Shows and changes TimescaleDB's settings for the history tables: chunks, compression, retention, jobs.")
    {
        Configure(), Status(),
    };

    private static Command Configure()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        Option<string?> chunkInterval = Interval("--chunk-interval", "Time that a chunk covers. Existing chunks are not changed.");
        Option<string?> retention = Interval(
            "--retention",
            "How long rows are kept; older chunks are dropped, and oldest_ingest_ledger is raised to the first ledger left. A new policy "
                + "is off until --run-retention true. none removes the policies and the job.", "interval|none");
        var runRetention = new Option<string?>("--run-retention")
        {
            Description = "Switch the retention policies on (true) or off (false).",
            HelpName = "true|false",
        };
        runRetention.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => !bool.TryParse(token.Value, out _)))
                result.AddError("--run-retention takes true or false.");
        });
        Option<string?> compressAfter = Interval("--compress-after", "Age at which the policies compress a chunk.");
        Option<string?> compressEvery = Interval("--compress-every", "How often the policies look for chunks to compress.");
        var maxChunks = new Option<int?>("--max-chunks-to-compress")
        {
            Description = "Maximum chunks that one run of a compression policy compresses; 0 for no limit.",
            HelpName = "number",
        };
        Option<int> lockTimeout = CommonOptions.LockTimeout();
        Option<string> format = CommonOptions.Format();
        var command = new Command(
            "configure",
            "Applies the given settings in one transaction; settings that are not given stay. Running it again changes nothing.")
        {
            database, dataDirectory, schema, chunkInterval, retention, runRetention, compressAfter, compressEvery, maxChunks, lockTimeout,
            format,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isRemoved = parsed.GetValue(retention) == NoRetention;
            var options = new TimescaleOptions
            {
                ChunkInterval = parsed.GetValue(chunkInterval),
                Retention = isRemoved ? null : parsed.GetValue(retention),
                RemoveRetention = isRemoved,
                RunRetention = parsed.GetValue(runRetention) is { } runs ? bool.Parse(runs) : null,
                CompressAfter = parsed.GetValue(compressAfter),
                CompressEvery = parsed.GetValue(compressEvery),
                MaxChunksToCompress = parsed.GetValue(maxChunks),
                LockTimeout = TimeSpan.FromSeconds(parsed.GetValue(lockTimeout)),
            };
            options.Validate();
            await using TargetDatabase target = await OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), cancellationToken);
            TimescaleReport report = await TimescaleConfiguration.ApplyAsync(target.DataSource, options, cancellationToken);
            Outcome.Commit();
            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json)
            {
                JsonObject facts = TimescalePrinter.Json(report.Status);
                facts["changes"] = new JsonArray([.. report.Changes.Select(change => JsonValue.Create(change))]);
                facts["remarks"] = new JsonArray([.. report.Remarks.Select(remark => JsonValue.Create(remark))]);
                TimescalePrinter.Write(facts);
            }
            else
            {
                foreach (string change in report.Changes) Console.WriteLine(change);
                if (report.Changes.Count == 0) Console.WriteLine("Nothing needed to be changed.");
                Console.WriteLine();
                TimescalePrinter.Print(report.Status, report.Remarks);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Status()
    {
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        Option<string> format = CommonOptions.Format();
        var command = new Command(
            "status", "Shows chunks, policies, the last run of each job, and whether this database has a job scheduler.")
        {
            database, dataDirectory, schema, format,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using TargetDatabase target = await OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), cancellationToken);
            TimescaleStatus status = await TimescaleStatus.ReadAsync(target.DataSource, cancellationToken);
            if (status.Version is null)
            {
                throw new CommandLineException(
                    FailureKind.Usage,
                    $"The database does not have the extension TimescaleDB; its history tables in schema "
                        + $"{SessionStart.RequireSchemaOf(target.DataSource)}, if there are any, are plain tables. Nothing was changed.");
            }

            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json)
            {
                JsonObject facts = TimescalePrinter.Json(status);
                facts["remarks"] = new JsonArray([.. status.Remarks().Select(remark => JsonValue.Create(remark))]);
                TimescalePrinter.Write(facts);
            }
            else
            {
                TimescalePrinter.Print(status, status.Remarks());
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<TargetDatabase> OpenAsync(
        string? database, string? dataDirectory, string? schema, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
        return await TargetDatabase.OpenAsync(database, dataDirectory, schema, loggers, cancellationToken, mustExist: true);
    }

    private static Option<string?> Interval(string name, string description, string helpName = "interval") => new(name)
    {
        Description = $"{description} An interval as PostgreSQL writes it: \"1 day\".",
        HelpName = helpName,
    };
}
