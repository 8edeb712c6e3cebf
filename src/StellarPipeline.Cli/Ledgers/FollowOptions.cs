using System.CommandLine;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Ledgers.Rpc;
using StellarPipeline.Cli.Serving;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>The options of commands that follow the network. One instance belongs to one command.</summary>
internal sealed class FollowOptions
{
    private readonly Option<string[]> source = new("--source")
    {
        Description =
            "The source of ledgers: a data store (SEP-54), a folder or an http://, https://, s3:// or gs:// URL, which is polled for the "
                + "next object (several are mirrors); a validator's stream of frames: a file, a named pipe or - for standard input; or a "
                + "stellar-rpc server as rpc+https://host.",
        HelpName = "place",
        Required = true,
    };

    private readonly Option<uint?> to = new("--to")
    {
        Description = "The last ledger. Without it, the network is followed until the source ends or the command is stopped.",
        HelpName = "ledger",
    };

    private readonly Option<int> threshold = new("--catch-up-threshold")
    {
        Description = "Distance to the tip, in ledgers, from which several ledgers share a transaction.",
        HelpName = "ledgers",
        DefaultValueFactory = _ => new LiveOptions().CatchUpThreshold,
    };

    private readonly Option<string> catchUpBytes =
        ByteSize.Option("--catch-up-size", "Maximum bytes of rows in a transaction of several ledgers.", new LiveOptions().CatchUpBytes);

    private readonly Option<bool> standBy = new("--stand-by")
    {
        Description = "Wait while another process follows the network, and continue when it stops. Without it, this is an error.",
    };

    private readonly Option<string?> rpc = new("--rpc")
    {
        Description =
            "A stellar-rpc server for reading name, symbol and decimals of new token contracts (simulateTransaction) before "
                + "the ledger's transaction opens. Without it, or without an answer, tokens are stored without these values, and a later "
                + "run with --rpc adds them.",
        HelpName = "URL",
    };

    private readonly Option<string?> metrics = MetricsHost.Option();
    private readonly Option<int> lockTimeout = CommonOptions.LockTimeout();

    /// <summary>Adds the options to a command.</summary>
    public FollowOptions(Command command)
    {
        source.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError("--source is empty: say where the ledgers are.");
        });
        rpc.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Address(text) is null)
                result.AddError("--rpc: give the http:// or https:// URL of a stellar-rpc server.");
        });
        foreach (Option option in new Option[] { source, to, threshold, catchUpBytes, standBy, rpc, lockTimeout, metrics })
            command.Add(option);
    }

    /// <summary>The places that were named.</summary>
    public string[] Places(ParseResult parsed) => parsed.GetValue(source)!;

    /// <summary>Whether the places are a data store, which can be read several times.</summary>
    public bool IsStore(System.CommandLine.Parsing.CommandResult result) => (result.GetValue(source) ?? []).All(
        static place => !place.StartsWith(RpcLedgerSource.Prefix, StringComparison.OrdinalIgnoreCase)
            && (Directory.Exists(place) || place.Contains("://", StringComparison.Ordinal)));

    /// <summary>Starts serving metrics if --metrics was given.</summary>
    public Task<MetricsHost?> StartMetricsAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        MetricsHost.StartAsync(parsed.GetValue(metrics), cancellationToken);

    /// <summary>The options of live ingestion, without those of the command itself.</summary>
    public LiveOptions Options(ParseResult parsed) => new()
    {
        To = parsed.GetValue(to),
        CatchUpThreshold = parsed.GetValue(threshold),
        CatchUpBytes = ByteSize.Parse(parsed.GetValue(catchUpBytes)!)!.Value,
        StandBy = parsed.GetValue(standBy),
        LockTimeout = TimeSpan.FromSeconds(parsed.GetValue(lockTimeout)),
    };

    /// <summary>The network: the named one, otherwise the one in the description of a store.</summary>
    public StellarNetwork Network(ParseResult parsed, string? named) =>
        LedgerInputs.Network(named, Places(parsed).Where(place => !LedgerOptions.IsRemote(place)));

    /// <summary>The reader of contract metadata; null if --rpc was not given. The caller disposes of it.</summary>
    public RpcContractReader? Contracts(ParseResult parsed, StellarNetwork network, ILoggerFactory loggers) =>
        parsed.GetValue(rpc) is not { } text ? null : new RpcContractReader(
            Address(text)!,
            new RpcOptions
            {
                NetworkPassphrase = network.Passphrase, Attempts = 3, AnswerTimeout = TimeSpan.FromSeconds(5), MaxAnswerBytes = 1 << 20,
            },
            loggers.CreateLogger<RpcContractReader>());

    /// <summary>Opens the source; the caller disposes it.</summary>
    /// <exception cref="CommandLineException">A stellar-rpc server is not named correctly (kind usage).</exception>
    public async Task<ILedgerSource> OpenAsync(
        ParseResult parsed, StellarNetwork network, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        string[] places = Places(parsed);
        if (Array.Exists(places, static place => place.StartsWith(RpcLedgerSource.Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            if (places.Length > 1 || Address(places[0][RpcLedgerSource.Prefix.Length..]) is not { } address)
            {
                throw new CommandLineException(
                    FailureKind.Usage, "Name a stellar-rpc server as the only --source, as rpc+http://host or rpc+https://host.");
            }

            return new RpcLedgerSource(
                address, new RpcOptions { NetworkPassphrase = network.Passphrase }, loggers.CreateLogger<RpcLedgerSource>());
        }

        ILedgerSource opened = await LedgerPlaces.OpenAsync(
            places, new LedgerStoreOptions { NetworkPassphrase = network.Passphrase }, cancellationToken: cancellationToken);
        return opened is LedgerStore store ? new FollowedLedgerStore(store) : opened;
    }

    /// <summary>A sentence about the stored ledgers.</summary>
    public static string Describe(LiveReport report) => report.Last is null
        ? "No ledger was stored."
        : FormattableString.Invariant(
            $"Stored ledgers {report.First} to {report.Last}: {report.Transactions:N0} transactions, {report.Operations:N0} operations, ")
            + FormattableString.Invariant($"in {report.Commits:N0} database transactions and {report.Elapsed.TotalSeconds:F1} s.");

    private static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" ? address : null;
}
