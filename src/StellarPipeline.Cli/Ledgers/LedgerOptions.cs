using System.CommandLine;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Which ledgers a command reads: files or folders, the network, and optionally one ledger or a number of ledgers.</summary>
internal sealed class LedgerOptions
{
    private readonly Argument<string[]> files = new("file")
    {
        Description =
            "Files of ledgers (LedgerCloseMeta, frames of them, or a LedgerCloseMetaBatch; gzip, zstd or plain), or folders of a data "
                + "store.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> network = new("--network")
    {
        Description =
            "The network that the ledgers belong to: pubnet, testnet, futurenet or a passphrase. [default: the one that a data store's "
                + ".config.json says, else pubnet]",
        HelpName = "name|passphrase",
    };

    private readonly Option<uint?> ledger = new("--ledger") { Description = "Only this ledger.", HelpName = "number" };

    private readonly Option<int?> count = new("--count") { Description = "Only this number of ledgers.", HelpName = "number" };

    private readonly Option<bool> allowNewer = new("--allow-newer-protocol")
    {
        Description = "Accept ledgers of a protocol newer than this program if they can be decoded.",
    };

    private readonly Option<bool> verify = new("--verify")
    {
        Description =
            "Refuse ledgers with a wrong hash of the header, transaction set or results, and ledgers that are not a chain without gaps. "
                + "Without it, these are remarks.",
    };

    /// <summary>Adds the arguments and options to a command.</summary>
    /// <param name="command">The command.</param>
    public LedgerOptions(Command command)
    {
        command.Arguments.Add(files);
        command.Options.Add(network);
        command.Options.Add(ledger);
        command.Options.Add(count);
        command.Options.Add(allowNewer);
        command.Options.Add(verify);
        network.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && string.IsNullOrWhiteSpace(name))
                result.AddError("--network is empty: give pubnet, testnet, futurenet or a passphrase.");
        });
        files.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError("A file name is empty: give the path of a file.");
        });
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1) result.AddError("--count must be 1 or more.");
        });
    }

    /// <summary>Reads the ledgers, one after the other; only one is in memory at a time. Remarks go to standard error.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="use">Called with each ledger.</param>
    /// <returns>The sequence of the ledgers that were read.</returns>
    /// <exception cref="LedgerFileException">A file cannot be read.</exception>
    /// <exception cref="LedgerRejectedException">A ledger is not valid.</exception>
    /// <exception cref="LedgerException">A proof is required, and a ledger is not proved.</exception>
    /// <exception cref="CommandLineException">No ledger was found, one was found twice, or a store belongs to another network.</exception>
    public LedgerSequence Each(ParseResult parsed, Action<ProjectedLedger> use)
    {
        string[] paths = parsed.GetValue(files)!;
        StellarNetwork named = LedgerInputs.Network(parsed.GetValue(network), paths.Where(path => !IsRemote(path)));
        uint? wanted = parsed.GetValue(ledger);
        int left = wanted is null ? parsed.GetValue(count) ?? int.MaxValue : 1;
        bool allowsNewer = parsed.GetValue(allowNewer);
        bool isNoneFound = true;
        using var projection = new HistoryProjection(named, new PagePool()) { AllowNewerProtocol = allowsNewer };
        using var sequence = new LedgerSequence(parsed.GetValue(verify), allowsNewer, Remark);
        foreach (LedgerInput input in paths.SelectMany(
            path => IsSource(path, wanted) ? [new LedgerInput(path)] : LedgerInputs.At(path, Remark)))
        {
            if (left == 0) break;
            if (IsSource(input.Path, wanted))
            {
                foreach (LedgerBuffer found in Read(input.Path, named, wanted))
                {
                    using (found)
                    {
                        isNoneFound = false;
                        var read =
                            ProjectedLedger.Project(projection, named, found.Span, isWhole: true, found.Location, out LedgerView view);
                        sequence.Add(view, input, found.Location);
                        use(read);
                    }

                    if (--left == 0) break;
                }

                continue;
            }

            LedgerFile.Read(input.Path).Each((bytes, isWhole, location) =>
            {
                var read = ProjectedLedger.Project(projection, named, bytes, isWhole, location, out LedgerView view);
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
            string problem = wanted is { } number ? $"No file contains ledger {number}. Give the file that does."
                : "The files contain no ledger. Give files that do.";
            throw new CommandLineException(FailureKind.Usage, problem);
        }

        return sequence;
    }

    private static void Remark(string text) => Console.Error.WriteLine($"Remark: {text}");

    // A store opens one ledger by the name of its object. Files may contain ledgers in any order and are searched.
    private static bool IsSource(string place, uint? wanted) =>
        IsRemote(place) || (wanted is not null && IsStore(place));

    /// <summary>Whether a place is standard input or a URL, not a file or folder.</summary>
    internal static bool IsRemote(string place) => place == LedgerSources.StandardInput || place.Contains("://", StringComparison.Ordinal);

    private static bool IsStore(string place) => File.Exists(Path.Combine(place, LedgerStoreManifest.FileName));

    private static IEnumerable<LedgerBuffer> Read(string place, StellarNetwork network, uint? wanted)
    {
        ILedgerSource source =
            LedgerPlaces.OpenAsync([place], new LedgerStoreOptions { NetworkPassphrase = network.Passphrase }).GetAwaiter().GetResult();
        try
        {
            if (source is LedgerStore && wanted is null)
            {
                throw new CommandLineException(
                    FailureKind.Usage, $"{source.Location} is a data store, which may begin at any ledger: give the ledger with --ledger.");
            }

            using IEnumerator<LedgerBuffer> ledgers =
                source.ReadAsync(new LedgerRange(wanted, wanted)).ToBlockingEnumerable().GetEnumerator();
            while (MoveNext(ledgers)) yield return ledgers.Current;
        }
        finally
        {
            source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // Another place may contain the ledger.
    private static bool MoveNext(IEnumerator<LedgerBuffer> ledgers)
    {
        try
        {
            return ledgers.MoveNext();
        }
        catch (LedgerException error) when (error is LedgersEndedException or LedgersMissingException)
        {
            return false;
        }
    }
}
