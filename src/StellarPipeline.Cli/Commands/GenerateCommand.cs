using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>archive generate</c>: writes a valid archive of a chosen size, for tests and measurements.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var defaults = new GeneratorOptions();
        var output =
            new Option<DirectoryInfo>("--output")
            {
                Description = "The folder to write; it is created if it does not exist, and must be empty.",
                HelpName = "directory", Required = true
            };
        Option<int> accounts = Count("--accounts", "ACCOUNT entries.", defaults.Accounts);
        Option<int> trustlines = Count("--trustlines", "TRUSTLINE entries to credit assets, at most 600 per account.", defaults.Trustlines);
        var assets =
            new Option<int?>("--assets")
            {
                Description = "Distinct assets. [default: 50,000, or the number of trustlines if that is lower]",
                HelpName = "assets",
            };
        Option<int> offers = Count("--offers", "OFFER entries.", defaults.Offers);
        Option<int> data = Count("--data", "DATA entries.", defaults.DataEntries);
        Option<int> claimable = Count("--claimable-balances", "CLAIMABLE_BALANCE entries.", defaults.ClaimableBalances);
        Option<int> pools = Count("--liquidity-pools", "LIQUIDITY_POOL entries.", defaults.LiquidityPools);
        Option<int> shares =
            Count("--pool-shares", "TRUSTLINE entries to pool shares, at most 100 per account.", defaults.PoolShareTrustlines);
        Option<int> contracts = Count("--contracts", "Contracts with WASM code.", defaults.Contracts);
        Option<int> storage = Count("--contract-storage", "Other CONTRACT_DATA entries.", defaults.ContractStorage);
        Option<int> codes = Count("--contract-codes", "CONTRACT_CODE entries.", defaults.ContractCodes);
        Option<int> sacContracts = Count("--asset-contracts", "Asset contracts.", defaults.SacContracts);
        Option<int> sacBalances = Count("--asset-contract-balances", "Balances of contracts in asset contracts.", defaults.SacBalances);
        var seed =
            new Option<ulong>("--seed")
            {
                Description = "The same seed and options give the same bytes.", HelpName = "number",
                DefaultValueFactory = _ => defaults.Seed
            };
        var protocol =
            new Option<uint>("--protocol")
            {
                Description =
                    string.Create(CultureInfo.InvariantCulture,
                        $"Protocol version, {GeneratorOptions.OldestProtocol} to {StellarProtocols.Newest}; one ledger of the checkpoint "
                                + $"upgrades to it. Entry types that it does not have are left out."),
                HelpName = "version",
                DefaultValueFactory = _ => defaults.Protocol,
            };
        var checkpoint =
            new Option<uint>("--checkpoint")
            {
                Description = "The checkpoint's ledger.",
                HelpName = "ledger",
                DefaultValueFactory = _ => defaults.CheckpointLedger,
            };
        Option<int> frequency = CommonOptions.CheckpointFrequency();
        var network =
            new Option<string>("--network")
            {
                Description = "pubnet, testnet, futurenet or a passphrase.", HelpName = "name|passphrase",
                DefaultValueFactory = _ => defaults.Passphrase
            };
        Option<bool> quiet = CommonOptions.Quiet();

        var command =
            new Command("generate",
                "Writes a valid archive with one checkpoint: every entry type, older versions and tombstones on all levels, correct hashes "
                    + "and headers.")
            {
                output, accounts, trustlines, assets, offers, data, claimable, pools, shares, contracts, storage, codes, sacContracts,
                sacBalances, seed, protocol, checkpoint, frequency, network, quiet,
            };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new GeneratorOptions
            {
                Accounts = parsed.GetValue(accounts),
                Trustlines = parsed.GetValue(trustlines),
                Assets = parsed.GetValue(assets),
                Offers = parsed.GetValue(offers),
                DataEntries = parsed.GetValue(data),
                ClaimableBalances = parsed.GetValue(claimable),
                LiquidityPools = parsed.GetValue(pools),
                PoolShareTrustlines = parsed.GetValue(shares),
                Contracts = parsed.GetValue(contracts),
                ContractStorage = parsed.GetValue(storage),
                ContractCodes = parsed.GetValue(codes),
                SacContracts = parsed.GetValue(sacContracts),
                SacBalances = parsed.GetValue(sacBalances),
                Seed = parsed.GetValue(seed),
                Protocol = parsed.GetValue(protocol),
                CheckpointLedger = parsed.GetValue(checkpoint),
                CheckpointFrequency = (uint)parsed.GetValue(frequency),
                Passphrase = StellarNetwork.Parse(parsed.GetValue(network)!).Passphrase,
            };
            GeneratorOptions possible = options.WithinProtocol();
            Refuse(parsed, options.Protocol, claimable, possible.ClaimableBalances);
            Refuse(parsed, options.Protocol, pools, possible.LiquidityPools);
            Refuse(parsed, options.Protocol, shares, possible.PoolShareTrustlines);
            Refuse(parsed, options.Protocol, contracts, possible.Contracts);
            Refuse(parsed, options.Protocol, storage, possible.ContractStorage);
            Refuse(parsed, options.Protocol, codes, possible.ContractCodes);
            Refuse(parsed, options.Protocol, sacContracts, possible.SacContracts);
            Refuse(parsed, options.Protocol, sacBalances, possible.SacBalances);
            await RunAsync(parsed.GetValue(output)!.FullName, options, parsed.GetValue(quiet), cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    internal static async Task<GeneratedArchive> RunAsync(
        string directory, GeneratorOptions options, bool quiet, CancellationToken cancellationToken)
    {
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            throw new CommandLineException(FailureKind.Usage, $"{directory} is not empty. Name a new folder, or empty this one.");
        long started = Stopwatch.GetTimestamp();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(directory, options, cancellationToken: cancellationToken);
        if (!quiet)
        {
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{archive.LiveEntryCount:N0} live entries in {archive.RecordCount:N0} records, checkpoint {archive.CheckpointLedger:N0}: "
                        + $"{archive.CompressedBytes / 1048576.0:N1} MiB compressed, {archive.RawBytes / 1048576.0:N1} MiB raw, in "
                        + $"{seconds:F1} s: {directory}"));
        }

        return archive;
    }

    // Entries that the user asked for by name must not be left out silently.
    private static void Refuse(ParseResult parsed, uint protocol, Option<int> option, int possible)
    {
        if (parsed.GetResult(option) is { Implicit: false } && parsed.GetValue(option) != possible)
        {
            throw new CommandLineException(
                FailureKind.Usage,
                string.Create(CultureInfo.InvariantCulture,
                    $"{option.Name} is {parsed.GetValue(option):N0}, but protocol {protocol} has no such entries. Leave the option out, "
                            + $"or choose a newer protocol."));
        }
    }

    private static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "entries", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError($"{name}: the count must not be negative.");
        });
        return option;
    }
}
