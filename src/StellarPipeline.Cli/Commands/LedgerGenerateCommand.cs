using System.CommandLine;
using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>ledger generate</c>: writes valid ledgers of a simulated network, for tests and measurements.</summary>
internal static class LedgerGenerateCommand
{
    public static Command Create()
    {
        var defaults = new LedgerGeneratorOptions();
        var stream = new Option<FileInfo?>("--stream")
        {
            Description =
                "Write one stream of framed ledgers, compressed if the name ends in .zst or .gz. An existing file that is not empty is "
                    + "refused.",
            HelpName = "file",
        };
        var store = new Option<DirectoryInfo?>("--data-store")
        {
            Description = "Write a data store (SEP-54); the folder is created if it does not exist, and must be empty.",
            HelpName = "directory",
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the file of --stream if it exists." };
        Option<int> ledgers = NumberOption.Of("--ledgers", "Number of ledgers.", 100, 1);
        var first = new Option<uint>("--first")
        {
            Description = FormattableString.Invariant($"Number of the first ledger, 3 to {int.MaxValue}."),
            HelpName = "ledger",
            DefaultValueFactory = _ => defaults.FirstLedger,
        };
        NumberOption.Bound(first, 3, int.MaxValue);
        Option<int> transactions = NumberOption.Of("--transactions", "Transactions per ledger.", defaults.Transactions, 0, 1 << 20);
        Option<int> operations =
            NumberOption.Of("--operations", "Maximum operations per classic transaction.", defaults.MaxOperations, 1, 100);
        Option<int> soroban =
            NumberOption.Of("--soroban", "Transactions in a thousand that call contracts.", defaults.SorobanPerThousand, 0, 1000);
        Option<int> failures =
            NumberOption.Of("--failures", "Transactions in a thousand that fail.", defaults.FailuresPerThousand, 0, 1000);
        Option<int> accounts = NumberOption.Of("--accounts", "Accounts at the start.", 200, 4, 10_000_000);
        Option<int> assets = NumberOption.Of("--assets", "Credit assets at the start.", 20, 1, 1_000_000);
        var seed = new Option<ulong>("--seed")
        {
            Description = "The same seed and options give the same bytes.",
            HelpName = "number",
            DefaultValueFactory = _ => defaults.Seed,
        };
        var protocol = new Option<uint>("--protocol")
        {
            Description = $"Protocol version, 1 to {LedgerGeneratorOptions.MaxProtocol}.",
            HelpName = "version",
            DefaultValueFactory = _ => defaults.Protocol,
        };
        NumberOption.Bound(protocol, 1, LedgerGeneratorOptions.MaxProtocol);
        Option<int> upgrade = NumberOption.Of("--upgrade-after", "Ledgers after which the protocol is upgraded by one; 0 is never.", 0, 0);
        var metaVersion = new Option<int?>("--meta-version")
        {
            Description = "Version of the transactions' metadata, 0 to 4. Without it, each ledger gets one that its protocol can have.",
            HelpName = "version",
        };
        Option<int> perObject = NumberOption.Of("--ledgers-per-object", "Ledgers per object of the data store.", 1, 1);
        Option<int> perPartition =
            NumberOption.Of("--objects-per-partition", "Objects per folder of the data store; 1 makes no folders.", 64000, 1);
        var network = new Option<string>("--network")
        {
            Description = "pubnet, testnet, futurenet or a passphrase.",
            HelpName = "name|passphrase",
            DefaultValueFactory = _ => defaults.Passphrase,
        };
        Option<bool> quiet = CommonOptions.Quiet();

        var command = new Command(
            "generate",
            "Writes valid ledgers of a simulated network: every operation type, correct chained hashes, balances that add up.")
        {
            stream, overwrite, store, ledgers, first, transactions, operations, soroban, failures, accounts, assets, seed, protocol,
            upgrade,
            metaVersion, perObject, perPartition, network, quiet,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new LedgerGeneratorOptions
            {
                Seed = parsed.GetValue(seed),
                Passphrase = StellarNetwork.Parse(parsed.GetValue(network)!).Passphrase,
                FirstLedger = parsed.GetValue(first),
                Protocol = parsed.GetValue(protocol),
                UpgradeAfter = parsed.GetValue(upgrade),
                MetaVersion = parsed.GetValue(metaVersion),
                Transactions = parsed.GetValue(transactions),
                MaxOperations = parsed.GetValue(operations),
                SorobanPerThousand = parsed.GetValue(soroban),
                FailuresPerThousand = parsed.GetValue(failures),
                Accounts = parsed.GetValue(accounts),
                Assets = parsed.GetValue(assets),
            };
            if (parsed.GetValue(stream) is null == parsed.GetValue(store) is null)
                throw new CommandLineException(FailureKind.Usage, "Name one place to write to: --stream or --data-store.");
            if (parsed.GetValue(overwrite) && parsed.GetValue(stream) is null)
            {
                throw new CommandLineException(
                    FailureKind.Usage, "--overwrite goes with --stream: a data store is written into a new or empty folder only.");
            }

            long transactionCount = 0, operationCount = 0, bytes = 0;
            IEnumerable<GeneratedLedger> made = new LedgerGenerator(options).Take(parsed.GetValue(ledgers)).Select(ledger =>
            {
                transactionCount += ledger.Transactions;
                operationCount += ledger.Operations;
                bytes += ledger.CloseMeta.Length;
                return ledger;
            });
            string output = ((FileSystemInfo?)parsed.GetValue(stream) ?? parsed.GetValue(store)!).FullName;
            if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
                throw new CommandLineException(FailureKind.Usage, $"{output} is not empty. Name a new folder, or empty this one.");
            // Nothing is lost in an empty file. Devices and pipes report a length of 0.
            if (parsed.GetValue(stream) is { Exists: true, Length: > 0 } && !parsed.GetValue(overwrite))
                throw new CommandLineException(FailureKind.Usage, $"{output} already exists. Name a new file, or give --overwrite.");
            try
            {
                if (parsed.GetValue(stream) is not null) LedgerStreamFile.Write(output, made, cancellationToken);
                else Store(output, parsed.GetValue(perObject), parsed.GetValue(perPartition));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new CommandLineException(
                    FailureKind.Usage,
                    $"{output} cannot be written: {error.Message} Name another place, or free some space. The output is incomplete.");
            }

            if (!parsed.GetValue(quiet))
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parsed.GetValue(ledgers):N0} ledgers, {transactionCount:N0} transactions, "
                    + $"{operationCount:N0} operations, {bytes / 1048576.0:N1} MiB raw: {output}"));
            }

            return Task.FromResult(ExitCode.Done);

            void Store(string folder, int ledgersPerObject, int objectsPerPartition) =>
                LedgerDataStore.Write(folder, options.Passphrase, made, ledgersPerObject, objectsPerPartition, cancellationToken);
        });
        return command;
    }
}
