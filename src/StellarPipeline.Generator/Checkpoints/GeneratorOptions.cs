using System.IO.Compression;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>The contents of an archive. Counts are of live entries; deleted keys, older versions and edge cases come on top.</summary>
public sealed record GeneratorOptions
{
    /// <summary>The oldest protocol that can be generated.</summary>
    public const uint OldestProtocol = 9;

    internal const int TrustlinesPerAccount = 600;
    internal const int PoolSharesPerAccount = 100;
    internal const int OffersPerAccount = 100;
    internal const int DataPerAccount = 50;
    internal const int StoragePerContract = 10_000;
    private const int DefaultAssets = 50_000;

    /// <summary>ACCOUNT entries. Default 1,000.</summary>
    public int Accounts { get; init; } = 1_000;

    /// <summary>TRUSTLINE entries to credit assets; at most 600 per account. Default 2,000.</summary>
    public int Trustlines { get; init; } = 2_000;

    /// <summary>
    /// Distinct assets; popular ones are chosen far more often (Zipf). Default 50,000, but not more than the trustlines, and enough for
    /// pools and asset contracts.
    /// </summary>
    public int? Assets { get; init; }

    /// <summary>OFFER entries; at most 100 per account. Default 200.</summary>
    public int Offers { get; init; } = 200;

    /// <summary>DATA entries; at most 50 per account. Default 200.</summary>
    public int DataEntries { get; init; } = 200;

    /// <summary>CLAIMABLE_BALANCE entries. Default 200.</summary>
    public int ClaimableBalances { get; init; } = 200;

    /// <summary>LIQUIDITY_POOL entries. Default 50.</summary>
    public int LiquidityPools { get; init; } = 50;

    /// <summary>TRUSTLINE entries to pool shares; at most 100 per account. Default 200.</summary>
    public int PoolShareTrustlines { get; init; } = 200;

    /// <summary>Contracts with WASM code: one instance entry each. Default 100.</summary>
    public int Contracts { get; init; } = 100;

    /// <summary>Other CONTRACT_DATA entries: storage of these contracts, and nonces of accounts. Default 500.</summary>
    public int ContractStorage { get; init; } = 500;

    /// <summary>CONTRACT_CODE entries. Default 20.</summary>
    public int ContractCodes { get; init; } = 20;

    /// <summary>Asset contracts with a genuine instance, which can be verified; at most one per asset. Default 20.</summary>
    public int SacContracts { get; init; } = 20;

    /// <summary>Balances of contracts in these asset contracts. Default 200.</summary>
    public int SacBalances { get; init; } = 200;

    /// <summary>
    /// True adds a few edge cases if <see cref="SacContracts"/> is not 0: forged and archived asset contracts, the native asset's contract,
    /// entries that only look like balances. Default true.
    /// </summary>
    public bool EdgeCases { get; init; } = true;

    /// <summary>TTL entries; null (the default) makes one for each contract entry.</summary>
    /// <remarks>
    /// The first million have the hashes of the contract entries' keys; the others have invented hashes, without a contract entry in the
    /// archive.
    /// </remarks>
    public int? Ttls { get; init; }

    /// <summary>CONFIG_SETTING entries; limited to those of the protocol. Default: all.</summary>
    public int ConfigSettings { get; init; } = 21;

    /// <summary>The seed: equal seeds and options give equal bytes.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The protocol of the checkpoint's last ledger, 9 to <see cref="StellarProtocols.Newest"/>. One of its ledgers upgrades to it. Entries
    /// that the protocol does not have are left out: contracts before 20, pools before 18, claimable balances before 14. Default 25.
    /// </summary>
    public uint Protocol { get; init; } = 25;

    /// <summary>The checkpoint's ledger. Default 61,999,999.</summary>
    public uint CheckpointLedger { get; init; } = 61_999_999;

    /// <summary>Ledgers per checkpoint: 64, or 8 for accelerated networks. Default 64.</summary>
    public uint CheckpointFrequency { get; init; } = 64;

    /// <summary>The network passphrase; the ids of asset contracts depend on it.</summary>
    public string Passphrase { get; init; } = "Standalone Network ; February 2017";

    /// <summary>The share of live keys that also have older versions, 0 to 1. Default 0.15.</summary>
    public double ShadowedFraction { get; init; } = 0.15;

    /// <summary>Deleted keys per live key, 0 to 1. Default 0.04.</summary>
    public double DeletedFraction { get; init; } = 0.04;

    /// <summary>
    /// The level of the bucket that is far larger than all others: 10 (default), or 9 for a younger network whose last level is empty.
    /// </summary>
    public int DominantLevel { get; init; } = 10;

    /// <summary>The gzip compression level.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Fastest;

    /// <summary>Options for a number of live entries of all types, in proportions like the public network's.</summary>
    /// <param name="entries">Live entries, at least 100. Config settings and edge cases come on top.</param>
    /// <returns>The options.</returns>
    public static GeneratorOptions OfEntries(int entries)
    {
        int Share(int perHundredThousand) => (int)Math.Max(1, (long)entries * perHundredThousand / 100_000);
        GeneratorOptions options = new()
        {
            Accounts = 0,
            Trustlines = Share(45_000),
            Offers = Share(4_000),
            DataEntries = Share(3_000),
            ClaimableBalances = Share(6_000),
            LiquidityPools = Share(100),
            PoolShareTrustlines = Share(1_000),
            Contracts = Share(1_000),
            ContractStorage = Share(2_000),
            ContractCodes = Math.Min(Share(20), 2_000),
            SacContracts = Math.Min(Share(20), 20_000),
            SacBalances = Share(2_000),
        };
        return options with { Accounts = (int)Math.Max(1, entries - options.EntriesTotal) };
    }

    /// <summary>The same options without entries that the protocol does not have.</summary>
    /// <returns>Options in which the counts of these entries are 0.</returns>
    public GeneratorOptions WithinProtocol()
    {
        GeneratorOptions options = this;
        if (Protocol < StellarProtocols.Contracts)
        {
            options = options with
            {
                Contracts = 0,
                ContractStorage = 0,
                ContractCodes = 0,
                SacContracts = 0,
                SacBalances = 0,
                Ttls = null,
                ConfigSettings = 0
            };
        }

        if (Protocol < StellarProtocols.LiquidityPools) options = options with { LiquidityPools = 0, PoolShareTrustlines = 0 };
        return Protocol < StellarProtocols.ClaimableBalances ? options with { ClaimableBalances = 0 } : options;
    }

    internal int AssetCount => Assets ?? Math.Max(
        Math.Min(DefaultAssets, Trustlines),
        Math.Max(Offers + (long)ClaimableBalances > 0 ? 1 : 0, Math.Max(LiquidityPools, SacContracts)));

    internal int LivePerDead => DeletedFraction <= 0 ? 0 : Math.Max(1, (int)Math.Round(1 / DeletedFraction));

    internal long EntriesTotal =>
        (long)Accounts + Trustlines + Offers + DataEntries + ClaimableBalances + LiquidityPools + PoolShareTrustlines
            + ContractEntries + (Ttls ?? ContractEntries);

    internal long ContractEntries => (long)Contracts + ContractStorage + ContractCodes + SacContracts + SacBalances;

    // Nonces are the only contract data of accounts; two per account, one negative and one positive.
    internal int Nonces => (int)Math.Min(2L * Accounts, Contracts == 0 ? ContractStorage : ContractStorage / 16);

    internal void Check()
    {
        List<string> problems = [];
        foreach ((string name, int count) in Counts()) Require(count >= 0, $"{name} is {count:N0}; it must not be negative.");
        RequirePerAccount(nameof(Trustlines), Trustlines, Math.Min(TrustlinesPerAccount, AssetCount));
        RequirePerAccount(nameof(PoolShareTrustlines), PoolShareTrustlines, Math.Min(PoolSharesPerAccount, LiquidityPools));
        RequirePerAccount(nameof(Offers), Offers, OffersPerAccount);
        RequirePerAccount(nameof(DataEntries), DataEntries, DataPerAccount);
        Require(AssetCount == 0 || Accounts > 0, "There are assets but no accounts to issue them; set Accounts to at least 1.");
        Require(ClaimableBalances == 0 || Accounts > 0,
            "There are claimable balances but no accounts to claim them; set Accounts to at least 1.");
        Require(
            AssetCount > 0 || (long)Offers + ClaimableBalances + LiquidityPools + SacContracts == 0,
            "Assets is 0, but offers, claimable balances, pools or asset contracts need one; set Assets to at least 1.");
        Require(LiquidityPools <= PoolTable.Most(AssetCount),
            $"LiquidityPools is {LiquidityPools:N0}, but {AssetCount:N0} assets make only {PoolTable.Most(AssetCount):N0} pairs.");
        Require(SacContracts <= AssetCount, $"SacContracts is {SacContracts:N0}, but there are only {AssetCount:N0} assets.");
        Require(SacBalances == 0 || SacContracts > 0, $"SacBalances is {SacBalances:N0}, but SacContracts is 0.");
        Require(
            ContractStorage <= StorageMost,
            $"ContractStorage is {ContractStorage:N0}, but {Contracts:N0} contracts and {Accounts:N0} accounts hold at most "
                + $"{StorageMost:N0}.");
        Require(Protocol is >= OldestProtocol and <= StellarProtocols.Newest,
            $"Protocol is {Protocol}; it must be {OldestProtocol} to {StellarProtocols.Newest}.");
        Require(CheckpointFrequency is 8 or 64, $"CheckpointFrequency is {CheckpointFrequency}; it must be 8 or 64.");
        Require(
            CheckpointFrequency == 0 || ((ulong)CheckpointLedger + 1) % CheckpointFrequency == 0,
            $"CheckpointLedger is {CheckpointLedger:N0}, but (ledger + 1) must be divisible by {CheckpointFrequency}.");
        Require(DominantLevel is 9 or 10, $"DominantLevel is {DominantLevel}; it must be 9 or 10.");
        Require(ShadowedFraction is >= 0 and <= 1, $"ShadowedFraction is {ShadowedFraction}; it must be 0 to 1.");
        Require(DeletedFraction is >= 0 and <= 1, $"DeletedFraction is {DeletedFraction}; it must be 0 to 1.");
        if (problems.Count > 0) GeneratorThrow.InvalidOptions(problems);

        void Require(bool isMet, string problem)
        {
            if (!isMet) problems.Add(problem);
        }

        void RequirePerAccount(string name, int count, int mostPerAccount) => Require(
            count <= (long)Accounts * mostPerAccount,
            $"{name} is {count:N0}, but {Accounts:N0} accounts hold at most {mostPerAccount:N0} each.");
    }

    private long StorageMost => ((long)Contracts * StoragePerContract) + Nonces;

    private (string Name, int Count)[] Counts() =>
    [
        (nameof(Accounts), Accounts), (nameof(Trustlines), Trustlines), (nameof(Assets), Assets ?? 0), (nameof(Offers), Offers),
        (nameof(DataEntries), DataEntries),
        (nameof(ClaimableBalances), ClaimableBalances), (nameof(LiquidityPools), LiquidityPools),
        (nameof(PoolShareTrustlines), PoolShareTrustlines),
        (nameof(Contracts), Contracts), (nameof(ContractStorage), ContractStorage), (nameof(ContractCodes), ContractCodes),
        (nameof(SacContracts), SacContracts),
        (nameof(SacBalances), SacBalances), (nameof(Ttls), Ttls ?? 0), (nameof(ConfigSettings), ConfigSettings),
    ];
}
