using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>live</c>: follows the network.</summary>
internal static class LiveCommand
{
    public static Command Create()
    {
        var source = new Option<string[]>("--source")
        {
            Description =
                "Where ledgers come from: a data store (SEP-54), a folder or an http://, https://, s3:// or gs:// URL, whose next object "
                    + "is waited for, several are mirrors; "
                    + "frames as a validator streams them, a file, a named pipe or - for standard input; or a stellar-rpc server as "
                    + "rpc+https://host.",
            HelpName = "place",
            Required = true,
        };
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
        var to =
            new Option<uint?>("--to")
            {
                Description = "The last ledger. Without it, the network is followed until the source ends, or for ever.",
                HelpName = "ledger",
            };
        var threshold = new Option<int>("--catch-up-threshold")
        {
            Description = "How many ledgers the tip must be away for several ledgers to share a transaction.",
            HelpName = "ledgers",
            DefaultValueFactory = _ => new LiveOptions().CatchUpThreshold,
        };
        var catchUpBytes = new Option<string>("--catch-up-size")
        {
            Description = "Most bytes of rows in such a transaction.",
            HelpName = "size",
            DefaultValueFactory = _ => ByteSize.Format(new LiveOptions().CatchUpBytes),
        };
        var standBy =
            new Option<bool>("--stand-by")
            {
                Description = "Wait while another process follows the network, and go on where it stops. Without it, that is an error.",
            };
        Option<int> attempts = CommonOptions.Attempts();
        attempts.Description =
            "How often the transaction of a ledger is tried when it fails in a way that may pass. Refused rows, names and rights end it "
                + "at once.";
        attempts.DefaultValueFactory = _ => new LiveOptions().Attempts;
        Option<int> lockTimeout = CommonOptions.LockTimeout();
        var allowNewer =
            new Option<bool>("--allow-newer-protocol")
            {
                Description = "Take ledgers of a protocol that is newer than this program, if they decode.",
            };
        var noMigrate =
            new Option<bool>("--no-migrate")
            {
                Description = "Leave the schema as it is. Without it, history tables that are missing are made as plain tables.",
            };
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();
        source.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError("--source is empty: give the place of ledgers.");
        });
        catchUpBytes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && ByteSize.Parse(text) is null)
                result.AddError($"--catch-up-size {text}: give a number of bytes, or one with KiB, MiB, GiB or TiB.");
        });
        var command =
            new Command("live",
                "Follows the network: stores each ledger behind the one in the tables, one transaction each, until it is stopped.")
            {
                source, network, database, dataDirectory, schema, to, threshold, catchUpBytes, standBy, attempts, lockTimeout, allowNewer,
                noMigrate, quiet, verbose,
            };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] places = parsed.GetValue(source)!;
            var options = new LiveOptions
            {
                To = parsed.GetValue(to),
                CatchUpThreshold = parsed.GetValue(threshold),
                CatchUpBytes = ByteSize.Parse(parsed.GetValue(catchUpBytes)!)!.Value,
                StandBy = parsed.GetValue(standBy),
                Attempts = parsed.GetValue(attempts),
                LockTimeout = TimeSpan.FromSeconds(parsed.GetValue(lockTimeout)),
                Migrate = !parsed.GetValue(noMigrate),
                AllowNewerProtocol = parsed.GetValue(allowNewer),
            };
            options.Validate();
            StellarNetwork named = LedgerInputs.Network(parsed.GetValue(network), places.Where(place => !LedgerOptions.IsRemote(place)));
            using ILoggerFactory loggers = CommandLine.CreateLoggers(parsed.GetValue(quiet), parsed.GetValue(verbose));
            // A stop takes effect between two ledgers: nothing is rolled back.
            Interruption.Announcement =
                "Interrupted: the ledger at hand is stored, then this ends. A second interrupt ends the process at once.";
            ILedgerSource ledgers = await OpenAsync(places, named, loggers, cancellationToken);
            await using (ledgers)
            {
                await using TargetDatabase target = await TargetDatabase.OpenAsync(parsed.GetValue(database),
                    parsed.GetValue(dataDirectory), parsed.GetValue(schema), loggers, cancellationToken, mustExist: true);
                LiveReport report = await new LiveIngestion(ledgers, target.DataSource, named, options, loggers).RunAsync(
                    stopping: cancellationToken, CancellationToken.None);
                if (!parsed.GetValue(quiet)) Print(report);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<ILedgerSource> OpenAsync(
        string[] places, StellarNetwork network, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (Array.Exists(places, static place => place.StartsWith(RpcLedgerSource.Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            bool isUrl = Uri.TryCreate(places[0][RpcLedgerSource.Prefix.Length..], UriKind.Absolute, out Uri? address)
                && address.Scheme is "http" or "https";
            if (places.Length > 1 || !isUrl)
            {
                throw new CommandLineException(
                    Dataflow.FailureKind.Usage, "A stellar-rpc server is named alone, as rpc+http://host or rpc+https://host.");
            }

            return new RpcLedgerSource(
                address!, new RpcOptions { NetworkPassphrase = network.Passphrase }, loggers.CreateLogger<RpcLedgerSource>());
        }

        ILedgerSource source = await LedgerSources.OpenAsync(
            places, new LedgerStoreOptions { NetworkPassphrase = network.Passphrase }, cancellationToken: cancellationToken);
        return source is LedgerStore store ? new FollowedLedgerStore(store) : source;
    }

    private static void Print(LiveReport report) => Console.WriteLine(report.Last is null
        ? "No ledger was stored."
        : FormattableString.Invariant(
            $"Stored ledgers {report.First} to {report.Last}: {report.Transactions:N0} transactions, {report.Operations:N0} operations, ")
            + FormattableString.Invariant($"in {report.Commits:N0} database transactions and {report.Elapsed.TotalSeconds:F1} s."));
}
