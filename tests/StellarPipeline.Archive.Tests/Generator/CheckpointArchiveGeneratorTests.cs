using System.Buffers.Binary;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Tests.Generator;

public sealed class CheckpointArchiveGeneratorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<GeneratorOptions> Variants => new(
        new GeneratorOptions(),
        new GeneratorOptions { Seed = 2, Protocol = 22, DominantLevel = 9, ShadowedFraction = 1, DeletedFraction = 0.5 },
        new GeneratorOptions { Seed = 7, Protocol = 11, DeletedFraction = 0.3, ShadowedFraction = 0.4 },
        new GeneratorOptions { Seed = 8, Protocol = 30, ContractStorage = 900, CheckpointLedger = 7, CheckpointFrequency = 8 },
        new GeneratorOptions
        {
            Seed = 3,
            Protocol = 28,
            ShadowedFraction = 0,
            DeletedFraction = 0,
            CheckpointLedger = 7,
            CheckpointFrequency = 8,
        },
        new GeneratorOptions
        {
            Seed = 4,
            Accounts = 10,
            Trustlines = 900,
            Assets = 100,
            Offers = 300,
            DataEntries = 300,
            DeletedFraction = 0.2,
        },
        new GeneratorOptions { Seed = 5, Contracts = 3, ContractStorage = 900, SacContracts = 2, SacBalances = 500, Ttls = 3_000 },
        new GeneratorOptions
        {
            Seed = 6, Accounts = 50, Trustlines = 0, Offers = 0, DataEntries = 0, ClaimableBalances = 0, LiquidityPools = 0,
            PoolShareTrustlines = 0, Contracts = 0, ContractStorage = 51,
            ContractCodes = 0, SacContracts = 0, SacBalances = 0, ConfigSettings = 2,
        },
        GeneratorOptions.OfEntries(3_000));

    public static TheoryData<GeneratorOptions, string> Problems => new()
    {
        { new() { PoolShareTrustlines = 100_001 }, "PoolShareTrustlines is 100,001, but 1,000 accounts hold at most 50 each." },
        { new() { Offers = 100_001 }, "Offers is 100,001, but 1,000 accounts hold at most 100 each." },
        { new() { DataEntries = 50_001 }, "DataEntries is 50,001, but 1,000 accounts hold at most 50 each." },
        { new() { Assets = 5, SacContracts = 5, LiquidityPools = 16 }, "LiquidityPools is 16, but 5 assets make only 15 pairs." },
        { new() { Assets = 30, SacContracts = 31 }, "SacContracts is 31, but there are only 30 assets." },
        { new() { SacContracts = 0 }, "SacBalances is 200, but SacContracts is 0." },
        { new() { Contracts = 0, ContractStorage = 2_001 },
            "ContractStorage is 2,001, but 0 contracts and 1,000 accounts hold at most 2,000." },
        { new() { CheckpointFrequency = 16, CheckpointLedger = 63 }, "CheckpointFrequency is 16; it must be 8 or 64." },
        { new() { CheckpointLedger = 64 }, "CheckpointLedger is 64, but (ledger + 1) must be divisible by 64." },
        { new() { DeletedFraction = -1 }, "DeletedFraction is -1; it must be 0 to 1." },
        { new() { Accounts = 0, Trustlines = 0, Offers = 0, DataEntries = 0, ClaimableBalances = 0, LiquidityPools = 0,
            PoolShareTrustlines = 0 }, "There are assets but no accounts" },
        { new() { Assets = 0, Trustlines = 0, LiquidityPools = 0, PoolShareTrustlines = 0, SacContracts = 0, SacBalances = 0 },
            "Assets is 0, but offers" },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task GenerateAsync_AnyOptions_ObeysOrderAndLifecycleAndMatchesItsSummary(GeneratorOptions options)
    {
        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(folder.Path, options);

        ArchiveOracle.CheckProof(folder.Path, options.CheckpointLedger, options.CheckpointFrequency);
        BucketReplay replay = new(folder.Path);
        foreach (LedgerEntryType type in Enum.GetValues<LedgerEntryType>())
        {
            Assert.Equal(generated.LiveEntries[type], replay.LiveOf(type));
            Assert.Equal(generated.DeletedKeys[type], replay.Deleted.GetValueOrDefault(type));
        }

        foreach (RecordArm arm in Enum.GetValues<RecordArm>()) Assert.Equal(generated.Records[arm], replay.Records.GetValueOrDefault(arm));
        Assert.Equal(WalletRowOracle.Count(replay.Live, options.Passphrase), generated.ExpectedRows.ByTable());
        Assert.All(replay.Live.Values, entry => Assert.InRange(BinaryPrimitives.ReadUInt32BigEndian(entry), 1u, options.CheckpointLedger));
    }

    [Fact]
    public async Task GenerateAsync_Counts_AreExactlyWhatWasAskedFor()
    {
        GeneratorOptions options = new() { EdgeCases = false, Ttls = 1_234 };

        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(folder.Path, options);

        Assert.Equal(options.Accounts, generated.LiveEntries[LedgerEntryType.Account]);
        Assert.Equal(options.Trustlines, generated.ExpectedRows.TrustlineBalances);
        Assert.Equal(options.PoolShareTrustlines, generated.ExpectedRows.LiquidityPoolBalances);
        Assert.Equal(options.Offers, generated.LiveEntries[LedgerEntryType.Offer]);
        Assert.Equal(options.DataEntries, generated.LiveEntries[LedgerEntryType.Data]);
        Assert.Equal(options.ClaimableBalances, generated.LiveEntries[LedgerEntryType.ClaimableBalance]);
        Assert.Equal(options.LiquidityPools, generated.LiveEntries[LedgerEntryType.LiquidityPool]);
        Assert.Equal(
            options.Contracts + options.ContractStorage + options.SacContracts + options.SacBalances,
            generated.LiveEntries[LedgerEntryType.ContractData]);
        Assert.Equal(options.SacBalances, generated.ExpectedRows.SacBalances);
        Assert.Equal(options.Contracts + options.SacContracts, generated.ExpectedRows.ContractTokens);
        Assert.Equal(options.ContractCodes, generated.ExpectedRows.ProtocolWasms);
        Assert.Equal(17, generated.LiveEntries[LedgerEntryType.ConfigSetting]);
        Assert.Equal(1_234, generated.LiveEntries[LedgerEntryType.Ttl]);
    }

    [Fact]
    public async Task GenerateAsync_DefaultOptions_ReachesEveryLevelAndEveryKindOfHistory()
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder.Path, GeneratorOptions.OfEntries(8_000));

        BucketReplay replay = new(folder.Path);
        Assert.All(
            Enumerable.Range(0, 21), position => Assert.True(replay.RecordsAt[position] > 1, $"Position {position} holds no entry."));
        Assert.True(replay.RecordsAt[20] > replay.Live.Count / 2);
        string[] histories = [.. replay.Histories.Distinct().Order(StringComparer.Ordinal)];
        Assert.Superset(new HashSet<string> { "I", "LI", "LLI", "DI", "IDI", "LIDI", "IDLI", "ID", "D", "L" }, histories.ToHashSet());
    }

    [Fact]
    public async Task GenerateAsync_DataAndContractData_AreNotInByteOrder()
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder.Path, new GeneratorOptions { DataEntries = 1_000, ContractStorage = 2_000 });

        BucketReplay replay = new(folder.Path);
        Assert.True(replay.OutOfByteOrder[LedgerEntryType.Data] > 10);
        Assert.True(replay.OutOfByteOrder[LedgerEntryType.ContractData] > 10);
        Assert.Equal([LedgerEntryType.Data, LedgerEntryType.ContractData], replay.OutOfByteOrder.Keys.Order());
    }

    [Fact]
    public async Task GenerateAsync_SameSeed_GivesTheSameBytes()
    {
        var options = GeneratorOptions.OfEntries(2_000);

        await CheckpointArchiveGenerator.GenerateAsync(Path.Combine(folder.Path, "a"), options);
        await CheckpointArchiveGenerator.GenerateAsync(Path.Combine(folder.Path, "b"), options);
        await CheckpointArchiveGenerator.GenerateAsync(Path.Combine(folder.Path, "c"), options with { Seed = 99 });

        Assert.Equal(Files("a"), Files("b"));
        Assert.NotEqual(Files("a").Select(static file => file.Name), Files("c").Select(static file => file.Name));
    }

    [Fact]
    public async Task GenerateAsync_Trustlines_BelongToLiveAccountsThatCountThem()
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder.Path, new GeneratorOptions { Trustlines = 3_000 });

        BucketReplay replay = new(folder.Path);
        var subEntries = replay.Live.Values.Where(static entry => entry[7] == 0)
            .ToDictionary(static entry => Convert.ToHexString(entry.AsSpan(12, 32)),
            static entry => BinaryPrimitives.ReadUInt32BigEndian(entry.AsSpan(60)));
        var held = replay.Live.Values.Where(static entry => entry[7] is 1 or 2 or 3)
            .GroupBy(static entry => Convert.ToHexString(entry.AsSpan(12, 32)))
            .ToDictionary(static group => group.Key, static group => group.Sum(static entry => entry[7] == 1 && entry[47] == 3 ? 2u : 1u));
        Assert.True(held.Count > 100);
        Assert.All(held, account => Assert.InRange(subEntries[account.Key], account.Value, account.Value + 20));
    }

    [Fact]
    public async Task GenerateAsync_ContractEntries_HaveTheirTtl()
    {
        await CheckpointArchiveGenerator.GenerateAsync(folder.Path, new GeneratorOptions());

        BucketReplay replay = new(folder.Path);
        string[] expected = [.. replay.Live.Where(static pair => pair.Value[7] is 6 or 7)
            .Select(static pair => "00000009" + Convert.ToHexStringLower(DerivedIds.TimeToLiveKey(Convert.FromHexString(pair.Key))))];
        Assert.True(expected.Length > 500);
        Assert.All(expected, key => Assert.Contains(key, (IDictionary<string, byte[]>)replay.Live));
    }

    [Theory]
    [InlineData(22u, 10)]
    [InlineData(28u, 9)]
    [InlineData(30u, 10)]
    public async Task GenerateAsync_ReadByTheArchiveReader_IsProvedAndMergedToTheSameEntries(uint protocol, int dominantLevel)
    {
        GeneratorOptions options =
            GeneratorOptions.OfEntries(5_000) with { Protocol = protocol, DominantLevel = dominantLevel, ShadowedFraction = 0.4 };
        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(folder.Path, options);
        var archive = HistoryArchive.Open(folder.Path, new HistoryArchiveOptions { NetworkPassphrase = options.Passphrase });

        CheckpointProof proof = await archive.OpenCheckpointAsync(options.CheckpointLedger);
        List<ReadEntry> entries = await EntryReading.ReadAllAsync(CheckpointEntrySource.Create(archive, proof));

        Assert.Equal(generated.LiveEntryCount, entries.Count);
        Assert.Equal(Convert.ToHexStringLower(generated.Archive.HeaderHash), proof.HeaderHash.ToString());
        BucketReplay replay = new(folder.Path);
        Assert.Equal(replay.Live.Values.Select(Convert.ToHexString).Order(StringComparer.Ordinal),
            entries.Select(static entry => Convert.ToHexString(entry.LedgerEntry)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task GenerateAsync_Cancelled_StopsAndLeavesNoPendingFile()
    {
        using CancellationTokenSource source = new();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => CheckpointArchiveGenerator.GenerateAsync(folder.Path, GeneratorOptions.OfEntries(100_000), null, source.Token));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task GenerateAsync_Progress_EndsWithAllEntries()
    {
        LastProgress progress = new();

        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(folder.Path, new GeneratorOptions(), progress);

        Assert.Equal(generated.LiveEntryCount, progress.Last.EntriesDone);
        Assert.Equal(generated.RecordCount, progress.Last.RecordsWritten);
    }

    [Fact]
    public async Task GenerateAsync_ImpossibleOptions_NamesEveryProblem()
    {
        GeneratorOptions options = new()
        {
            Accounts = 1, Trustlines = 601, Assets = 1_000, PoolShareTrustlines = 0, DataEntries = -1, CheckpointLedger = 64, Protocol = 8,
            DominantLevel = 8, ShadowedFraction = 2,
        };

        GeneratorException error =
            await Assert.ThrowsAsync<GeneratorException>(() => CheckpointArchiveGenerator.GenerateAsync(folder.Path, options));

        Assert.StartsWith(
            "7 problems in the options of the archive generator: (1) DataEntries is -1;", error.Message, StringComparison.Ordinal);
        Assert.Contains("(2) Trustlines is 601, but 1 accounts hold at most 600 each.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Protocol is 8; it must be 9 to 30.", error.Message, StringComparison.Ordinal);
        Assert.Equal(StellarPipeline.Dataflow.FailureKind.Usage, error.Kind);
    }

    [Theory]
    [MemberData(nameof(Problems))]
    public async Task GenerateAsync_OneImpossibleOption_IsNamed(GeneratorOptions options, string expected)
    {
        GeneratorException error =
            await Assert.ThrowsAsync<GeneratorException>(() => CheckpointArchiveGenerator.GenerateAsync(folder.Path, options));

        Assert.StartsWith("1 problem in the options of the archive generator: (1) " + expected, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private (string Name, string Content)[] Files(string archive)
    {
        string root = Path.Combine(folder.Path, archive);
        return [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => (Path.GetRelativePath(root, path), Convert.ToHexString(File.ReadAllBytes(path))))];
    }

    private sealed class LastProgress : IProgress<GeneratorProgress>
    {
        public GeneratorProgress Last { get; private set; }

        public void Report(GeneratorProgress value) => Last = value;
    }
}
