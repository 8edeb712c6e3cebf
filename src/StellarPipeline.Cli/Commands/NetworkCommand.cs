using System.CommandLine;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Network;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>network generate</c>: writes a simulated network at two checkpoints, with every ledger between them.</summary>
internal static class NetworkCommand
{
    private const string Store = "store";
    private const string Stream = "stream";

    public static Command Create() =>
        new("network", "Generates a simulated network: two checkpoints and the ledgers between them. Needs no database.")
        {
            Generate(),
        };

    private static Command Generate()
    {
        var defaults = new NetworkOptions();
        LedgerGeneratorOptions ledgerDefaults = defaults.Ledgers;
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "The folder for archive-a, ledgers and archive-b; it is created if it does not exist, and must be empty.",
            HelpName = "directory",
            Required = true,
        };
        var form = new Option<string>("--form")
        {
            Description = "The ledgers as a data store (SEP-54), or as one stream of framed ledgers, ledgers.xdr.zst.",
            HelpName = $"{Store}|{Stream}",
            DefaultValueFactory = _ => Store,
        };
        form.AcceptOnlyFromAmong(Store, Stream);
        Option<int> ledgers = NumberOption.Of("--ledgers", "Ledgers between the checkpoints, a multiple of --checkpoint-frequency.", 64, 8);
        var checkpoint = new Option<uint>("--checkpoint")
        {
            Description = "The first checkpoint's ledger.",
            HelpName = "ledger",
            DefaultValueFactory = _ => defaults.FirstCheckpoint,
        };
        Option<int> frequency = CommonOptions.CheckpointFrequency();
        Option<int> transactions = NumberOption.Of("--transactions", "Transactions per ledger.", ledgerDefaults.Transactions, 0, 1 << 20);
        Option<int> operations =
            NumberOption.Of("--operations", "Maximum operations per classic transaction.", ledgerDefaults.MaxOperations, 1, 100);
        Option<int> soroban = Rate("--soroban", "Transactions in a thousand that call contracts.", ledgerDefaults.SorobanPerThousand);
        Option<int> failures = Rate("--failures", "Transactions in a thousand that fail.", ledgerDefaults.FailuresPerThousand);
        Option<int> empty = Rate("--empty", "Ledgers in a thousand that have no transactions.", defaults.EmptyLedgersPerThousand);
        Option<int> accounts = NumberOption.Of("--accounts", "Accounts at the start.", 200, 4, 10_000_000);
        Option<int> assets = NumberOption.Of("--assets", "Credit assets at the start.", 20, 1, 1_000_000);
        var evict =
            new Option<bool>("--evict-contracts") { Description = "Evict contract code and instances, too, not only contract storage." };
        var seed = new Option<ulong>("--seed")
        {
            Description = "The same seed and options give the same bytes.",
            HelpName = "number",
            DefaultValueFactory = _ => ledgerDefaults.Seed,
        };
        var protocol = new Option<uint>("--protocol")
        {
            Description = $"Protocol version, {NetworkOptions.OldestProtocol} to {LedgerGeneratorOptions.MaxProtocol}.",
            HelpName = "version",
            DefaultValueFactory = _ => ledgerDefaults.Protocol,
        };
        NumberOption.Bound(protocol, NetworkOptions.OldestProtocol, LedgerGeneratorOptions.MaxProtocol);
        Option<int> upgrade = NumberOption.Of("--upgrade-after", "Ledgers after which the protocol is upgraded by one; 0 is never.", 0, 0);
        Option<int> perObject = NumberOption.Of("--ledgers-per-object", "Ledgers per object of the data store.", 1, 1);
        var network = new Option<string>("--network")
        {
            Description = "pubnet, testnet, futurenet or a passphrase.",
            HelpName = "name|passphrase",
            DefaultValueFactory = _ => ledgerDefaults.Passphrase,
        };
        Option<bool> quiet = CommonOptions.Quiet();

        var command = new Command(
            "generate",
            "Writes two history archives of a simulated network and every ledger between them: the first archive plus the changes of all "
                + "ledgers gives the second.")
        {
            output, form, ledgers, checkpoint, frequency, transactions, operations, soroban, failures, empty, accounts, assets, evict, seed,
            protocol,
            upgrade, perObject, network, quiet,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new NetworkOptions
            {
                Ledgers = new LedgerGeneratorOptions
                {
                    Passphrase = StellarNetwork.Parse(parsed.GetValue(network)!).Passphrase,
                    Protocol = parsed.GetValue(protocol),
                    UpgradeAfter = parsed.GetValue(upgrade),
                    Transactions = parsed.GetValue(transactions),
                    MaxOperations = parsed.GetValue(operations),
                    SorobanPerThousand = parsed.GetValue(soroban),
                    FailuresPerThousand = parsed.GetValue(failures),
                    Accounts = parsed.GetValue(accounts),
                    Assets = parsed.GetValue(assets),
                },
                FirstCheckpoint = parsed.GetValue(checkpoint),
                CheckpointFrequency = (uint)parsed.GetValue(frequency),
                EmptyLedgersPerThousand = parsed.GetValue(empty),
                EvictsContracts = parsed.GetValue(evict),
            };
            int count = parsed.GetValue(ledgers);
            uint perCheckpoint = options.CheckpointFrequency;
            uint first = options.FirstCheckpoint;
            Require(perCheckpoint is 8 or 64, $"--checkpoint-frequency is {parsed.GetValue(frequency)}. Give 8 or 64.");
            Require(
                ((ulong)first + 1) % perCheckpoint == 0 && first > perCheckpoint,
                $"--checkpoint is {first}, which is not a checkpoint after the first one. Give a multiple of {perCheckpoint} minus 1.");
            Require(
                count % perCheckpoint == 0, $"--ledgers is {count}, which ends at no checkpoint. Give a multiple of {perCheckpoint}.");
            string folder = parsed.GetValue(output)!.FullName;
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new CommandLineException(FailureKind.Usage, $"{folder} is not empty. Name a new folder, or empty this one.");
            var simulated = SimulatedNetwork.Create(parsed.GetValue(seed), options, cancellationToken);
            var writer = new NetworkWriter(simulated, folder, cancellationToken);
            try
            {
                if (parsed.GetValue(form) == Store) writer.WriteStore(count, parsed.GetValue(perObject));
                else writer.WriteStream(count);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new CommandLineException(
                    FailureKind.Usage,
                    $"{folder} cannot be written: {error.Message} Name another place, or free some space. The output is incomplete.");
            }

            if (!parsed.GetValue(quiet)) Console.WriteLine(writer.Describe());
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static void Require(bool isMet, FormattableString problem)
    {
        if (!isMet) throw new CommandLineException(FailureKind.Usage, FormattableString.Invariant(problem));
    }

    private static Option<int> Rate(string name, string what, int value) =>
        NumberOption.Of(name, what, value, 0, 1000);
}
