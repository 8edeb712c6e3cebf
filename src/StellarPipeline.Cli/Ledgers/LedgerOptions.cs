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
        Description = "Files of ledgers (LedgerCloseMeta, frames of them, or a LedgerCloseMetaBatch; gzip, zstd or plain), or folders of a data store.",
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
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>())) result.AddError("--network is empty: give pubnet, testnet, futurenet or a passphrase.");
        });
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1) result.AddError("--count must be 1 or more.");
        });
    }

    /// <summary>Reads the ledgers, one after the other.</summary>
    /// <exception cref="LedgerFileException">A file cannot be read.</exception>
    /// <exception cref="LedgerRejectedException">A ledger is not valid.</exception>
    /// <exception cref="CommandLineException">No ledger was found.</exception>
    public IReadOnlyList<ProjectedLedger> Read(ParseResult parsed)
    {
        StellarNetwork named = StellarNetwork.Parse(parsed.GetValue(network)!);
        uint? wanted = parsed.GetValue(ledger);
        int most = parsed.GetValue(count) ?? int.MaxValue;
        using var projection = new HistoryProjection(named, new PagePool()) { AllowNewerProtocol = parsed.GetValue(allowNewer) };
        var ledgers = new List<ProjectedLedger>();
        foreach (string file in parsed.GetValue(files)!.SelectMany(FilesAt))
        {
            LedgerFile.Read(file).Each((bytes, isWhole, location) =>
            {
                ProjectedLedger read = ProjectedLedger.Project(projection, named, bytes, isWhole, location, out int length);
                if (wanted is null || wanted == read.Number) ledgers.Add(read);
                return ledgers.Count >= most || (wanted is not null && ledgers.Count > 0) ? -1 : length;
            });
            if (ledgers.Count >= most || (wanted is not null && ledgers.Count > 0)) break;
        }

        if (ledgers.Count == 0) throw new CommandLineException(FailureKind.Usage, wanted is { } number ? $"No file holds ledger {number}. Give the file that does." : "The files hold no ledger.");
        return ledgers;
    }

    // Names in a data store count downwards in hexadecimal: the last name is the first ledger.
    private static IEnumerable<string> FilesAt(string path) =>
        Directory.Exists(path) ? Directory.GetFiles(path, "*.xdr*", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal) : [path];
}
