using StellarPipeline.Generator.Checkpoints.Passes;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Generates a history archive with one checkpoint of any size: reproducible, in key order, in constant memory.</summary>
/// <remarks>
/// Keys are made in the order in which buckets hold them, type by type, and each key's versions go straight into the buckets where they
/// belong; nothing is sorted but what is small or a hash
/// (assets, pools, codes, asset contracts, the first million TTL keys). Memory is about 100 MB, however many entries there are.
/// </remarks>
public static class CheckpointArchiveGenerator
{
    /// <summary>Generates an archive on a pool thread.</summary>
    /// <param name="folder">Where to; the folder is made. Files of the same names are replaced.</param>
    /// <param name="options">What to generate.</param>
    /// <param name="progress">Told about every 16,000 keys; may be null.</param>
    /// <param name="cancellationToken">Stops within 16,000 keys; bucket files that are not complete are removed.</param>
    /// <returns>What was generated, and what a load of it must find.</returns>
    /// <exception cref="GeneratorException">The options contradict each other or their limits.</exception>
    public static Task<GeneratedArchive> GenerateAsync(
        string folder, GeneratorOptions options, IProgress<GeneratorProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.WithinProtocol();
        options.Check();
        return Task.Run(() => Generate(folder, options, progress, cancellationToken), cancellationToken);
    }

    private static GeneratedArchive Generate(
        string folder, GeneratorOptions options, IProgress<GeneratorProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        using RecordEmitter emitter = new(options, folder, progress, cancellationToken);
        using GeneratorContext context = new(options, emitter);
        TrustlinePass trustlines = new(context);
        using ContractDataPass contracts = new(context);

        // In the order of LedgerEntryType, which is the first thing that bucket order compares.
        new AccountPass(context).Run();
        trustlines.Run();
        new OfferPass(context).Run();
        new DataPass(context).Run();
        new ClaimableBalancePass(context).Run();
        new LiquidityPoolPass(context).Run();
        contracts.Run();
        new ContractCodePass(context).Run();
        new ConfigSettingPass(context).Run();
        new TimeToLivePass(context).Run();

        List<WrittenBucket> buckets = emitter.Complete();
        WrittenArchive archive = ArchiveWriter.Seal(folder, Settings(options), buckets);
        IReadOnlyDictionary<LedgerEntryType, long> live = emitter.LiveEntries;
        return new GeneratedArchive
        {
            Archive = archive,
            LiveEntries = live,
            DeletedKeys = emitter.DeletedKeys,
            Records = emitter.Records,
            ExpectedRows = new ExpectedRowCounts
            {
                NativeBalances = live[LedgerEntryType.Account],
                TrustlineBalances = trustlines.Credits,
                TrustlineAssets = trustlines.Assets,
                LiquidityPools = live[LedgerEntryType.LiquidityPool],
                LiquidityPoolBalances = trustlines.PoolShares,
                SacBalances = contracts.Balances,
                ContractTokens = contracts.Tokens,
                ProtocolWasms = live[LedgerEntryType.ContractCode],
                ProtocolContracts = contracts.InstancesWithCode,
            },
        };
    }

    // A third of the way through the checkpoint, behind the first ledgers, so that there are some of each protocol.
    private static uint UpgradeLedger(GeneratorOptions options)
    {
        uint first =
            options.CheckpointLedger < options.CheckpointFrequency ? 1 : options.CheckpointLedger - options.CheckpointFrequency + 1;
        return first + 1 + (options.CheckpointFrequency / 3);
    }

    private static ArchiveSettings Settings(GeneratorOptions options) => new()
    {
        CheckpointLedger = options.CheckpointLedger,
        CheckpointFrequency = options.CheckpointFrequency,
        Protocol = options.Protocol,
        UpgradeLedger = UpgradeLedger(options),
        DroppedSets = true,
        Passphrase = options.Passphrase,
        Compression = options.Compression,
    };
}
