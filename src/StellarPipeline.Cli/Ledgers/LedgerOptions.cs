using System.CommandLine;
using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.History;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Which ledgers a command reads: files or folders, a network, perhaps one ledger or some number of them.</summary>
internal sealed class LedgerOptions
{
    private readonly Argument<string[]> files = new("file")
    {
        Description = "Files of ledgers (LedgerCloseMeta, frames of them, or a LedgerCloseMetaBatch; gzip, zstd or plain), "
            + "or folders of a data store.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> network = new("--network")
    {
        Description = "The network that the ledgers belong to: pubnet, testnet, futurenet or a passphrase.",
        HelpName = "name|passphrase",
        DefaultValueFactory = _ => "pubnet",
    };

    private readonly Option<uint?> ledger = new("--ledger") { Description = "Only this ledger.", HelpName = "number" };

    private readonly Option<int?> count = new("--count") { Description = "Only the first so many ledgers.", HelpName = "number" };

    private readonly Option<bool> allowNewer = new("--allow-newer-protocol")
    {
        Description = "Read ledgers of a protocol that is newer than this program, if they decode.",
    };

    public LedgerOptions(Command command)
    {
        command.Arguments.Add(files);
        command.Options.Add(network);
        command.Options.Add(ledger);
        command.Options.Add(count);
        command.Options.Add(allowNewer);
        network.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
                result.AddError("--network is empty: give pubnet, testnet, futurenet or a passphrase.");
        });
        files.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError("A file's name is empty: give the path of a file.");
        });
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1) result.AddError("--count must be 1 or more.");
        });
    }

    /// <summary>Reads the ledgers, one after the other; only one is in memory at a time.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="use">Called for each.</param>
    /// <exception cref="LedgerFileException">A file cannot be read.</exception>
    /// <exception cref="LedgerRejectedException">A ledger is not valid.</exception>
    /// <exception cref="CommandLineException">No ledger was found.</exception>
    public void Each(ParseResult parsed, Action<ProjectedLedger> use)
    {
        StellarNetwork named = StellarNetwork.Parse(parsed.GetValue(network)!);
        uint? wanted = parsed.GetValue(ledger);
        int left = wanted is null ? parsed.GetValue(count) ?? int.MaxValue : 1;
        bool isNoneFound = true;
        using var projection = new HistoryProjection(named, new PagePool()) { AllowNewerProtocol = parsed.GetValue(allowNewer) };
        foreach (string file in parsed.GetValue(files)!.SelectMany(FilesAt))
        {
            if (left == 0) break;
            LedgerFile.Read(file).Each((bytes, isWhole, location) =>
            {
                ProjectedLedger read = ProjectedLedger.Project(projection, named, bytes, isWhole, location, out int length);
                if (wanted is not null && wanted != read.Number) return length;
                isNoneFound = false;
                left--;
                use(read);
                return left == 0 ? -1 : length;
            });
        }

        if (isNoneFound)
        {
            string problem = wanted is { } number ? $"No file holds ledger {number}. Give the file that does."
                : "The files hold no ledger. Give some that do.";
            throw new CommandLineException(FailureKind.Usage, problem);
        }
    }

    // Names in a data store count downwards in hexadecimal: the last name is the first ledger.
    private static IEnumerable<string> FilesAt(string path) =>
        Directory.Exists(path) ? Directory.GetFiles(path, "*.xdr*", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal)
            : [path];
}
