using StellarPipeline.Generator.Checkpoints.Passes;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Generates a history archive with one checkpoint of any size: reproducible, in key order, in constant memory.</summary>
/// <remarks>
/// Keys are generated in bucket order, type by type, and each version of a key is written directly into its bucket. Only small sets and
/// hashes are sorted: assets, pools, codes, asset contracts, the first million TTL keys. Memory is about 100 MB for any number of entries.
/// </remarks>
public static class CheckpointArchiveGenerator
{
    /// <summary>Generates an archive on a pool thread.</summary>
    /// <param name="folder">The archive's folder; it is created if needed. Files of the same names are replaced.</param>
    /// <param name="options">The contents of the archive.</param>
    /// <param name="progress">Receives a report about every 16,000 keys; may be null.</param>
    /// <param name="cancellationToken">Stops within 16,000 keys; incomplete bucket files are removed.</param>
    /// <returns>The files and counts of the archive, and the rows that a load of it must give.</returns>
    /// <exception cref="GeneratorException">Options contradict each other or exceed their limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
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

        // In the order of LedgerEntryType, which bucket order compares first.
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

    // After a third of the checkpoint's ledgers, so that both protocols have some of them.
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
