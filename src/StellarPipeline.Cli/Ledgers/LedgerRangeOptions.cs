using System.CommandLine;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>The options of commands that prove ledgers: source, range, and trusted hashes.</summary>
internal sealed class LedgerRangeOptions
{
    private readonly Option<string?> network = new("--network")
    {
        Description =
            "The network that the ledgers belong to: pubnet, testnet, futurenet or a passphrase. [default: the one that a data store's "
                + ".config.json says, else pubnet]",
        HelpName = "name|passphrase",
    };

    private readonly Option<uint?> from =
        Ledger("--from", "The first ledger. Required for a data store; without it, files and streams are read from their first ledger.");
    private readonly Option<uint?> to;
    private readonly Option<string[]> archive;

    private readonly Option<string[]> trusted = new("--trusted-hash")
    {
        Description = "Hash of the header of a ledger in the range, from a source that you trust. May be given several times.",
        HelpName = "ledger:hash",
    };

    private readonly Option<int> frequency = CommonOptions.CheckpointFrequency();
    private readonly Option<uint?> perObject =
        Ledger("--ledgers-per-object", "Ledgers per object, for a data store without a .config.json.");
    private readonly Option<uint?> perPartition =
        Ledger("--objects-per-partition", "Objects per folder, for a data store without a .config.json; 1 if it has no folders.");

    private readonly Option<string?> copies = new("--ledger-cache")
    {
        Description =
            "Keep copies of a data store's objects in this folder, so that a later run or another process does not fetch them again. For "
                + "a store on a server.",
        HelpName = "directory",
    };

    private readonly Option<string> copySize = ByteSize.Option(
        "--ledger-cache-size", "Limit of the --ledger-cache; the least recently used objects are removed first.",
        new LedgerStoreOptions().MaxCopyBytes);

    private readonly Option<bool> allowNewer = new("--allow-newer-protocol")
    {
        Description = "Accept ledgers of a protocol newer than this program if they can be decoded.",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="toDescription">The description of --to.</param>
    /// <param name="archiveDescription">The description of --archive.</param>
    public LedgerRangeOptions(Command command, string toDescription, string archiveDescription)
    {
        to = Ledger("--to", toDescription);
        archive = new Option<string[]>("--archive") { Description = archiveDescription, HelpName = "directory|URL" };
        foreach (Option option in new Option[]
        {
            network, from, to, archive, trusted, frequency, perObject, perPartition, copies, copySize, allowNewer,
        })
        {
            command.Add(option);
        }

        trusted.Validators.Add(result =>
        {
            foreach (string text in (result.GetValueOrDefault<string[]>() ?? []).Where(static text => TrustedHash.Parse(text) is null))
            {
                result.AddError(
                    $"--trusted-hash {text}: give the ledger, a colon, and the hash of its header as 64 lower-case hexadecimal digits.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) > result.GetValue(to)) result.AddError("--from is after --to: give a range of ledgers.");
        });
    }

    /// <summary>An option whose value is the number of a ledger.</summary>
    public static Option<uint?> Ledger(string name, string description)
    {
        var option = new Option<uint?>(name) { Description = description, HelpName = "number" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<uint?>() == 0) result.AddError($"{name}: give a number from 1 to 4,294,967,295.");
        });
        return option;
    }

    /// <summary>Whether --archive was given without --to.</summary>
    public bool IsArchiveWithoutEnd(System.CommandLine.Parsing.CommandResult result) =>
        result.GetValue(archive) is { Length: > 0 } && result.GetValue(to) is null;

    /// <summary>The ledgers.</summary>
    public LedgerRange Range(ParseResult parsed) => new(parsed.GetValue(from), parsed.GetValue(to));

    /// <summary>Whether newer protocols are accepted.</summary>
    public bool AllowNewer(ParseResult parsed) => parsed.GetValue(allowNewer);

    /// <summary>The network: of the option, otherwise of the data store.</summary>
    public StellarNetwork Network(ParseResult parsed, IReadOnlyList<string> places) =>
        LedgerInputs.Network(parsed.GetValue(network), places.Where(place => !LedgerOptions.IsRemote(place)));

    /// <summary>How a data store is read.</summary>
    public LedgerStoreOptions StoreOptions(ParseResult parsed, StellarNetwork named) => new()
    {
        NetworkPassphrase = named.Passphrase,
        LedgersPerObject = parsed.GetValue(perObject),
        ObjectsPerPartition = parsed.GetValue(perPartition),
        CopyFolder = parsed.GetValue(copies),
        MaxCopyBytes = ByteSize.Parse(parsed.GetValue(copySize)!)!.Value,
    };

    /// <summary>Hashes that the user trusts.</summary>
    public IReadOnlyList<LedgerAnchor> Trusted(ParseResult parsed) =>
        [.. (parsed.GetValue(trusted) ?? []).Select(static text => TrustedHash.Parse(text)!).Select(
            static hash => LedgerAnchor.Trusted(hash.Ledger, hash.Hash))];

    /// <summary>The history archive; null if none was named. The caller disposes it, if it can be disposed.</summary>
    public IArchiveTransport? Archive(ParseResult parsed) =>
        parsed.GetValue(archive) is { Length: > 0 } places ? MirrorTransport.Create(places) : null;

    /// <summary>The archive's schedule.</summary>
    public HistoryArchiveOptions ArchiveOptions(ParseResult parsed) =>
        new() { Schedule = new CheckpointSchedule(parsed.GetValue(frequency)) };
}
