using System.CommandLine;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.History;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Which ledgers a command reads: files or folders, a network, perhaps one ledger or some number of them.</summary>
internal sealed class LedgerOptions
{
    private readonly Argument<string[]> files = new("file")
    {
        Description = "Files of ledgers (LedgerCloseMeta, frames of them, or a LedgerCloseMetaBatch; gzip, zstd or plain), or folders of a data store.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> network = new("--network")
    {
        Description = "The network that the ledgers belong to: pubnet, testnet, futurenet or a passphrase. [default: the one that a data store's .config.json says, else pubnet]",
        HelpName = "name|passphrase",
    };

    private readonly Option<uint?> ledger = new("--ledger") { Description = "Only this ledger.", HelpName = "number" };

    private readonly Option<int?> count = new("--count") { Description = "Only the first so many ledgers.", HelpName = "number" };

    private readonly Option<bool> allowNewer = new("--allow-newer-protocol")
    {
        Description = "Read ledgers of a protocol that is newer than this program, if they decode.",
    };

    private readonly Option<bool> verify = new("--verify")
    {
        Description = "Refuse ledgers whose header, transaction set or results do not have their hash, or that are no chain without a hole. Without it that is a remark.",
    };

    private readonly bool isProof;

    /// <summary>Adds the arguments and options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isProof">True for a command that proves in any case.</param>
    public LedgerOptions(Command command, bool isProof = false)
    {
        this.isProof = isProof;
        command.Arguments.Add(files);
        command.Options.Add(network);
        command.Options.Add(ledger);
        command.Options.Add(count);
        command.Options.Add(allowNewer);
        if (!isProof) command.Options.Add(verify);
        network.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && string.IsNullOrWhiteSpace(name))
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

    /// <summary>Reads the ledgers, one after the other; only one is in memory at a time. Remarks go to standard error.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="use">Called for each.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="LedgerFileException">A file cannot be read.</exception>
    /// <exception cref="LedgerRejectedException">A ledger is not valid.</exception>
    /// <exception cref="LedgerException">A ledger is not proved, and was to be.</exception>
    /// <exception cref="CommandLineException">No ledger was found, one was found twice, or a store is of another network.</exception>
    public LedgerSequence Each(ParseResult parsed, Action<ProjectedLedger> use)
    {
        string[] paths = parsed.GetValue(files)!;
        StellarNetwork named = LedgerInputs.Network(parsed.GetValue(network), paths);
        uint? wanted = parsed.GetValue(ledger);
        int left = wanted is null ? parsed.GetValue(count) ?? int.MaxValue : 1;
        bool allowsNewer = parsed.GetValue(allowNewer);
        bool isNoneFound = true;
        using var projection = new HistoryProjection(named, new PagePool()) { AllowNewerProtocol = allowsNewer };
        using var sequence = new LedgerSequence(isProof || parsed.GetValue(verify), allowsNewer, Remark);
        foreach (LedgerInput input in paths.SelectMany(path => LedgerInputs.At(path, Remark)))
        {
            if (left == 0) break;
            LedgerFile.Read(input.Path).Each((bytes, isWhole, location) =>
            {
                ProjectedLedger read = ProjectedLedger.Project(projection, named, bytes, isWhole, location, out LedgerView view);
                sequence.Add(view, input, location);
                if (wanted is not null && wanted != read.Number) return view.Length;
                isNoneFound = false;
                left--;
                use(read);
                return left == 0 ? -1 : view.Length;
            });
        }

        sequence.End();
        if (isNoneFound)
        {
            string problem = wanted is { } number ? $"No file holds ledger {number}. Give the file that does."
                : "The files hold no ledger. Give some that do.";
            throw new CommandLineException(FailureKind.Usage, problem);
        }

        return sequence;
    }

    private static void Remark(string text) => Console.Error.WriteLine($"Remark: {text}");
}
