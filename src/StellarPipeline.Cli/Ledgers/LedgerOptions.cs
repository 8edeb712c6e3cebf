using System.CommandLine;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Ledgers;
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
        foreach (string file in parsed.GetValue(files)!.SelectMany(path => FilesAt(path, wanted)))
        {
            if (left == 0) break;
            if (IsSource(file, wanted))
            {
                foreach (LedgerBuffer ledger in Read(file, named, wanted))
                {
                    using (ledger)
                    {
                        isNoneFound = false;
                        use(ProjectedLedger.Project(projection, named, ledger.Span, isWhole: true, ledger.Location, out _));
                    }

                    if (--left == 0) break;
                }

                continue;
            }

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

    // One ledger of a store is asked for by its name; files may hold ledgers in any order, and are looked through.
    private static bool IsSource(string place, uint? wanted) =>
        place == LedgerSources.StandardInput || place.Contains("://", StringComparison.Ordinal) || (wanted is not null && IsStore(place));

    private static bool IsStore(string place) => File.Exists(Path.Combine(place, LedgerStoreManifest.FileName));

    private static IEnumerable<LedgerBuffer> Read(string place, StellarNetwork network, uint? wanted)
    {
        ILedgerSource source = LedgerSources.OpenAsync([place], new LedgerStoreOptions { NetworkPassphrase = network.Passphrase }).GetAwaiter().GetResult();
        try
        {
            if (source is LedgerStore && wanted is null)
                throw new CommandLineException(FailureKind.Usage, $"{source.Location} is a data store, which may begin anywhere: give the ledger with --ledger.");
            using IEnumerator<LedgerBuffer> ledgers = source.ReadAsync(new LedgerRange(wanted, wanted)).ToBlockingEnumerable().GetEnumerator();
            while (MoveNext(ledgers)) yield return ledgers.Current;
        }
        finally
        {
            source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // Another place may have the ledger.
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

    // Names in a data store count downwards in hexadecimal: the last name is the first ledger.
    private static IEnumerable<string> FilesAt(string path, uint? wanted) =>
        Directory.Exists(path) && !IsSource(path, wanted) ? Directory.GetFiles(path, "*.xdr*", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal)
            : [path];
}
