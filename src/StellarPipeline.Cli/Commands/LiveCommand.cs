using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Cli.Serving;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>live</c>: follows the network and stores each ledger as it closes.</summary>
internal static class LiveCommand
{
    public static Command Create()
    {
        var network = new Option<string?>("--network")
        {
            Description =
                "The network that the ledgers belong to: pubnet, testnet, futurenet or a passphrase. [default: the one that a data "
                    + "store's .config.json says, else pubnet]",
            HelpName = "name|passphrase",
        };
        Option<string?> database = CommonOptions.Database();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> schema = CommonOptions.Schema();
        Option<int> attempts = CommonOptions.Attempts();
        attempts.Description =
            "Attempts at one ledger's transaction after temporary failures. Refused rows, wrong names and missing rights end the command "
                + "at once.";
        attempts.DefaultValueFactory = _ => new LiveOptions().Attempts;
        var allowNewer =
            new Option<bool>("--allow-newer-protocol")
            {
                Description = "Accept ledgers of a protocol newer than this program if they can be decoded.",
            };
        var noMigrate =
            new Option<bool>("--no-migrate")
            {
                Description = "Do not apply migrations. Without it, missing history tables are created.",
            };
        Option<string[]> report = ReportFiles.JsonOption();
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();
        var command =
            new Command("live",
                "Follows the network: stores each ledger after the newest one in the tables, one transaction each, until it is stopped.")
            {
                network, database, dataDirectory, schema, attempts, allowNewer, noMigrate, report, quiet, verbose,
            };
        var follow = new FollowOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            LiveOptions options = follow.Options(parsed) with
            {
                Attempts = parsed.GetValue(attempts),
                Migrate = !parsed.GetValue(noMigrate),
                AllowNewerProtocol = parsed.GetValue(allowNewer),
            };
            options.Validate();
            using ILoggerFactory loggers = CommandLine.CreateLoggers(parsed.GetValue(quiet), parsed.GetValue(verbose));
            using var reports = ReportFiles.Open(parsed.GetValue(report));
            var failures =
                new FailureReports(reports) { Sources = follow.Places(parsed), Database = parsed.GetValue(database) };
            return await failures.RunAsync(WorkAsync);

            async Task<int> WorkAsync()
            {
                DateTimeOffset started = DateTimeOffset.UtcNow;
                StellarNetwork named = follow.Network(parsed, parsed.GetValue(network));
                await using MetricsHost? metrics = await follow.StartMetricsAsync(parsed, cancellationToken);
                // A stop takes effect between two ledgers: nothing is rolled back.
                Interruption.Announcement =
                    "Interrupted: the command ends after the current ledger is stored. A second interrupt ends the process at once.";
                using RpcContractReader? contracts = follow.Contracts(parsed, named, loggers);
                await using ILedgerSource ledgers = await follow.OpenAsync(parsed, named, loggers, cancellationToken);
                await using TargetDatabase target = await TargetDatabase.OpenAsync(parsed.GetValue(database),
                    parsed.GetValue(dataDirectory), parsed.GetValue(schema), loggers, cancellationToken, mustExist: true, new PoolLimits());
                var live = new LiveIngestion(ledgers, target.Live, named, options with { Contracts = contracts }, loggers);
                if (metrics is not null) metrics.Status = () => live.Status;
                using var ticker = LiveTicker.Start(
                    parsed.GetValue(quiet), named.Name, ledgers.Location, ServerName.Of(target.DataSource), () => live.Status);
                LiveReport done = await live.RunAsync(stopping: cancellationToken, CancellationToken.None);
                await reports.WriteAsync(LiveJson.Render(done, named, ledgers.Location, target.DataSource, started));
                TextWriter writer = reports.TakesStandardOutput ? Console.Error : Console.Out;
                if (!parsed.GetValue(quiet)) await writer.WriteLineAsync(FollowOptions.Describe(done));
                return ExitCode.Done;
            }
        });
        return command;
    }
}
